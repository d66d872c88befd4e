// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IUniswapV2Pair} from "./interfaces/IUniswapV2Pair.sol";

/// @title From US cents to token base units
/// @notice What a price in cents is in a token, directly or by a pair.
/// @dev Every division rounds down and comes after the multiplications. A stablecoin is taken as one dollar.
/// Decimals of at most 36 and reserves of 112 bits keep all scaling of reserves below 2^256.
library Pricing {
    uint256 private constant CENTS_PER_DOLLAR = 100;
    uint256 private constant BPS = 10_000;
    /// @dev Liquidity is compared in dollars with this many decimals.
    uint8 private constant USD_DECIMALS = 6;

    /// @notice Base units of a stablecoin worth `cents`.
    function stablecoinAmount(uint256 cents, uint8 decimals) internal pure returns (uint256) {
        return cents * 10 ** decimals / CENTS_PER_DOLLAR;
    }

    /// @notice Base units of a token that a pair values at `stableUnits` of its stablecoin, plus slippage.
    function pairAmount(uint256 stableUnits, uint256 tokenReserve, uint256 stableReserve, uint256 slippageBps)
        internal
        pure
        returns (uint256)
    {
        uint256 base = stableUnits * tokenReserve / stableReserve;
        return base + base * slippageBps / BPS;
    }

    /// @notice Price of one whole token in US cents.
    function tokenPriceCents(uint256 tokenReserve, uint8 tokenDecimals, uint256 stableReserve, uint8 stableDecimals)
        internal
        pure
        returns (uint256)
    {
        return stableReserve * CENTS_PER_DOLLAR * 10 ** tokenDecimals / (tokenReserve * 10 ** stableDecimals);
    }

    /// @notice A stablecoin reserve as dollars with six decimals.
    function reserveUsd(uint256 stableReserve, uint8 stableDecimals) internal pure returns (uint256) {
        return stableDecimals > USD_DECIMALS
            ? stableReserve / 10 ** (stableDecimals - USD_DECIMALS)
            : stableReserve * 10 ** (USD_DECIMALS - stableDecimals);
    }

    /// @notice The reserves of `pair`, that of `token` first.
    /// @dev Spot reserves can be moved within one transaction; see the README on pair methods.
    function reservesOf(address pair, address token)
        internal
        view
        returns (uint256 tokenReserve, uint256 stableReserve)
    {
        (uint256 reserve0, uint256 reserve1,) = IUniswapV2Pair(pair).getReserves();
        return IUniswapV2Pair(pair).token0() == token ? (reserve0, reserve1) : (reserve1, reserve0);
    }
}
