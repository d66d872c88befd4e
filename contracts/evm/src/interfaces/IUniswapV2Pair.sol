// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A Uniswap V2 pair
/// @notice The part of a Uniswap V2 pair that pricing reads.
interface IUniswapV2Pair {
    /// @notice The token with the lower address.
    function token0() external view returns (address);
    /// @notice The token with the higher address.
    function token1() external view returns (address);
    /// @notice What the pair holds of both tokens, and since when.
    /// @return reserve0 Reserve of token0 in its base units.
    /// @return reserve1 Reserve of token1 in its base units.
    /// @return blockTimestampLast Time of the last change, modulo 2^32.
    function getReserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast);
}
