// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IBlockhostSubscriptions} from "./interfaces/IBlockhostSubscriptions.sol";
import {IUniswapV2Pair} from "./interfaces/IUniswapV2Pair.sol";
import {Pricing} from "./Pricing.sol";

/// @title The till
/// @notice Which tokens are accepted, what they are worth, taking them and handing them to the owner.
abstract contract PaymentMethods is IBlockhostSubscriptions, Ownable2Step, ReentrancyGuard {
    using SafeERC20 for IERC20;

    /// @dev An existing method has a token. No pair means a direct stablecoin.
    struct PaymentMethod {
        address tokenAddress;
        uint8 tokenDecimals;
        uint8 stablecoinDecimals;
        bool active;
        address pairAddress;
        address stablecoinAddress;
    }

    /// @notice The payment method reserved for the primary stablecoin.
    uint256 public constant STABLECOIN_PAYMENT_ID = 1;

    uint256 private constant MAX_SLIPPAGE_BPS = 1000;
    uint8 private constant MAX_DECIMALS = 36;

    /// @notice The id that the next pair method gets.
    uint256 public nextPaymentMethodId = 2;
    /// @notice Added to every pair price, in hundredths of a per cent.
    uint256 public slippageBps = 100;
    /// @notice Least stablecoin reserve of a usable pair, in dollars with six decimals.
    uint256 public minLiquidityUsd = 10_000e6;

    mapping(uint256 paymentMethodId => PaymentMethod) private _paymentMethods;

    /// @notice Sets, replaces or re-activates payment method 1, taken at one dollar per token.
    function setPrimaryStablecoin(address stablecoinAddress) external onlyOwner {
        if (stablecoinAddress == address(0)) revert InvalidAddress();
        uint8 decimals = _decimalsOf(stablecoinAddress);
        _paymentMethods[STABLECOIN_PAYMENT_ID] =
            PaymentMethod(stablecoinAddress, decimals, decimals, true, address(0), stablecoinAddress);
        emit PrimaryStablecoinSet(stablecoinAddress, decimals);
    }

    /// @notice Accepts a token at the price of a Uniswap V2 pair. At the operator's risk: whoever can move the
    /// reserves of the pair within a transaction sets that price.
    function addPaymentMethod(address tokenAddress, address pairAddress, address stablecoinAddress)
        external
        onlyOwner
        returns (uint256 paymentMethodId)
    {
        if (tokenAddress == address(0) || pairAddress == address(0) || stablecoinAddress == address(0)) {
            revert InvalidAddress();
        }
        _requirePair(tokenAddress, pairAddress, stablecoinAddress);
        uint8 tokenDecimals = _decimalsOf(tokenAddress);
        uint8 stablecoinDecimals = _decimalsOf(stablecoinAddress);

        paymentMethodId = nextPaymentMethodId++;
        _paymentMethods[paymentMethodId] =
            PaymentMethod(tokenAddress, tokenDecimals, stablecoinDecimals, true, pairAddress, stablecoinAddress);
        emit PaymentMethodAdded(paymentMethodId, tokenAddress, pairAddress, stablecoinAddress);
    }

    /// @notice Enables or disables a method. A disabled one stays listed, quoted and withdrawable.
    function updatePaymentMethod(uint256 paymentMethodId, bool active) external onlyOwner {
        _paymentMethod(paymentMethodId).active = active;
        emit PaymentMethodUpdated(paymentMethodId, active);
    }

    /// @notice Sends the whole balance of a token, also of one no longer accepted.
    function withdrawFunds(address tokenAddress, address to) external onlyOwner nonReentrant {
        if (tokenAddress == address(0) || to == address(0)) revert InvalidAddress();
        IERC20 token = IERC20(tokenAddress);
        uint256 amount = token.balanceOf(address(this));
        if (amount == 0) revert NoBalanceToWithdraw();
        token.safeTransfer(to, amount);
        emit FundsWithdrawn(tokenAddress, to, amount);
    }

    /// @notice Sets what is added to pair prices, in hundredths of a per cent; at most 1000.
    function setSlippageBps(uint256 newSlippageBps) external onlyOwner {
        if (newSlippageBps > MAX_SLIPPAGE_BPS) revert SlippageTooHigh();
        emit SlippageUpdated(slippageBps, newSlippageBps);
        slippageBps = newSlippageBps;
    }

    /// @notice Sets the least stablecoin reserve of a usable pair, in dollars with six decimals.
    function setMinLiquidity(uint256 newMinLiquidity) external onlyOwner {
        emit MinLiquidityUpdated(minLiquidityUsd, newMinLiquidity);
        minLiquidityUsd = newMinLiquidity;
    }

    /// @notice Price of one whole token in US cents, rounded down, whatever the liquidity of its pair.
    function getTokenPriceUsdCents(uint256 paymentMethodId) external view returns (uint256) {
        PaymentMethod storage method = _paymentMethod(paymentMethodId);
        if (method.pairAddress == address(0)) return 100;
        (uint256 tokenReserve, uint256 stableReserve) = _reserves(method);
        return Pricing.tokenPriceCents(tokenReserve, method.tokenDecimals, stableReserve, method.stablecoinDecimals);
    }

    /// @notice A method as it was added; without a pair for a direct stablecoin.
    function getPaymentMethod(uint256 paymentMethodId)
        external
        view
        returns (
            address tokenAddress,
            address pairAddress,
            address stablecoinAddress,
            uint8 tokenDecimals,
            uint8 stablecoinDecimals,
            bool active
        )
    {
        PaymentMethod storage m = _paymentMethod(paymentMethodId);
        return
            (m.tokenAddress, m.pairAddress, m.stablecoinAddress, m.tokenDecimals, m.stablecoinDecimals, m.active);
    }

    /// @notice Ids of all methods, disabled ones too: 1 first once a stablecoin is set.
    function getPaymentMethodIds() external view returns (uint256[] memory ids) {
        uint256 first = _exists(_paymentMethods[STABLECOIN_PAYMENT_ID]) ? STABLECOIN_PAYMENT_ID : 2;
        ids = new uint256[](nextPaymentMethodId - first);
        for (uint256 i = 0; i < ids.length; i++) {
            ids[i] = first + i;
        }
    }

    /// @notice Zero when unset.
    function getPrimaryStablecoin() external view returns (address) {
        return _paymentMethods[STABLECOIN_PAYMENT_ID].tokenAddress;
    }

    /// @dev What `days_` days at a daily price cost by a payment method, active or not.
    function _quote(uint256 centsPerDay, uint256 days_, uint256 paymentMethodId) internal view returns (uint256) {
        return _price(centsPerDay, days_, _paymentMethod(paymentMethodId));
    }

    /// @dev Takes exactly the price from the caller. A token that delivers anything else (a fee, a rebase) is
    /// refused: the books must balance.
    function _collect(uint256 centsPerDay, uint256 days_, uint256 paymentMethodId)
        internal
        returns (uint256 amount, address tokenAddress)
    {
        PaymentMethod storage method = _paymentMethod(paymentMethodId);
        if (!method.active) revert PaymentMethodNotActive(paymentMethodId);
        amount = _price(centsPerDay, days_, method);
        if (amount == 0) revert ZeroPayment();

        tokenAddress = method.tokenAddress;
        IERC20 token = IERC20(tokenAddress);
        uint256 balanceBefore = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = Math.saturatingSub(token.balanceOf(address(this)), balanceBefore);
        if (received != amount) revert TransferAmountMismatch(amount, received);
    }

    function _price(uint256 centsPerDay, uint256 days_, PaymentMethod storage method) private view returns (uint256) {
        uint256 stableUnits = Pricing.stablecoinAmount(centsPerDay * days_, method.stablecoinDecimals);
        if (method.pairAddress == address(0)) return stableUnits;

        (uint256 tokenReserve, uint256 stableReserve) = _reserves(method);
        if (Pricing.reserveUsd(stableReserve, method.stablecoinDecimals) < minLiquidityUsd) {
            revert InsufficientLiquidity();
        }
        return Pricing.pairAmount(stableUnits, tokenReserve, stableReserve, slippageBps);
    }

    function _reserves(PaymentMethod storage method)
        private
        view
        returns (uint256 tokenReserve, uint256 stableReserve)
    {
        (tokenReserve, stableReserve) = Pricing.reservesOf(method.pairAddress, method.tokenAddress);
        if (tokenReserve == 0 || stableReserve == 0) revert InsufficientLiquidity();
    }

    function _paymentMethod(uint256 paymentMethodId) private view returns (PaymentMethod storage method) {
        method = _paymentMethods[paymentMethodId];
        if (!_exists(method)) revert PaymentMethodNotFound(paymentMethodId);
    }

    function _exists(PaymentMethod storage method) private view returns (bool) {
        return method.tokenAddress != address(0);
    }

    function _requirePair(address tokenAddress, address pairAddress, address stablecoinAddress) private view {
        address token0 = IUniswapV2Pair(pairAddress).token0();
        address token1 = IUniswapV2Pair(pairAddress).token1();
        bool forward = tokenAddress == token0 && stablecoinAddress == token1;
        bool backward = tokenAddress == token1 && stablecoinAddress == token0;
        if (tokenAddress == stablecoinAddress || !(forward || backward)) revert TokenNotInPair();
    }

    function _decimalsOf(address token) private view returns (uint8 decimals) {
        decimals = IERC20Metadata(token).decimals();
        if (decimals > MAX_DECIMALS) revert UnsupportedDecimals(decimals);
    }
}
