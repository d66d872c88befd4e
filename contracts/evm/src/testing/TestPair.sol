// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IUniswapV2Pair} from "../interfaces/IUniswapV2Pair.sol";

/// @notice A constant-product pair without fees whose reserves may also be set at will.
contract TestPair is IUniswapV2Pair {
    address public immutable token0;
    address public immutable token1;
    uint112 private _reserve0;
    uint112 private _reserve1;

    constructor(address token0_, address token1_) {
        token0 = token0_;
        token1 = token1_;
    }

    function setReserves(uint112 reserve0, uint112 reserve1) external {
        _reserve0 = reserve0;
        _reserve1 = reserve1;
    }

    function getReserves() external view returns (uint112, uint112, uint32) {
        return (_reserve0, _reserve1, uint32(block.timestamp));
    }

    /// @notice Takes `amountIn` of one token from the caller and pays out the other.
    function swap(address tokenIn, uint256 amountIn) external returns (uint256 amountOut) {
        bool forward = tokenIn == token0;
        (uint256 reserveIn, uint256 reserveOut) = forward ? (_reserve0, _reserve1) : (_reserve1, _reserve0);
        amountOut = reserveOut - (reserveIn * reserveOut + reserveIn + amountIn - 1) / (reserveIn + amountIn);
        (uint112 newIn, uint112 newOut) = (uint112(reserveIn + amountIn), uint112(reserveOut - amountOut));
        (_reserve0, _reserve1) = forward ? (newIn, newOut) : (newOut, newIn);
        IERC20(tokenIn).transferFrom(msg.sender, address(this), amountIn);
        IERC20(forward ? token1 : token0).transfer(msg.sender, amountOut);
    }
}
