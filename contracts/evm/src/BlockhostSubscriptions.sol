// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IBlockhostSubscriptions} from "./interfaces/IBlockhostSubscriptions.sol";
import {IUniswapV2Pair} from "./interfaces/IUniswapV2Pair.sol";
import {Pricing} from "./Pricing.sol";

/// @title Sells and extends time-limited subscriptions for ERC-20 tokens
/// @notice Prices are US cents per day, payments the base units of a token, times Unix seconds. Payments stay
/// here until the owner withdraws them. All ids are sequential and never reused.
/// @dev No proxy, no payable function, no receive: plain ether is refused.
contract BlockhostSubscriptions is IBlockhostSubscriptions, Ownable2Step, ReentrancyGuard {
    using SafeERC20 for IERC20;

    /// @dev An existing plan has a price above zero.
    struct Plan {
        string name;
        uint256 pricePerDayUsdCents;
        bool active;
    }

    /// @dev An existing subscription has a subscriber. `expiresAt` fits: it is at most 36,500 days from a block's time.
    struct Subscription {
        address subscriber;
        uint64 expiresAt;
        bool cancelled;
        uint256 planId;
    }

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
    /// @notice Longest purchase, and furthest expiry from now.
    uint256 public constant MAX_SUBSCRIPTION_DAYS = 36_500;

    uint256 private constant MAX_USER_ENCRYPTED_BYTES = 4096;
    uint256 private constant MAX_PAGE = 200;
    uint256 private constant MAX_SLIPPAGE_BPS = 1000;
    uint8 private constant MAX_DECIMALS = 36;

    uint256 public nextPlanId = 1;
    uint256 public nextSubscriptionId = 1;
    uint256 public nextPaymentMethodId = 2;
    /// @notice Added to every pair price, in hundredths of a per cent.
    uint256 public slippageBps = 100;
    /// @notice Least stablecoin reserve of a usable pair, in dollars with six decimals.
    uint256 public minLiquidityUsd = 10_000e6;
    /// @notice How long after expiry an extension is still accepted; 0 = without limit.
    uint256 public extensionGraceSeconds;

    mapping(uint256 planId => Plan) private _plans;
    mapping(uint256 subscriptionId => Subscription) private _subscriptions;
    mapping(uint256 paymentMethodId => PaymentMethod) private _paymentMethods;
    mapping(address subscriber => uint256[] subscriptionIds) private _subscriptionsOf;

    constructor() Ownable(msg.sender) {}

    // ---------------------------------------------------------------- plans and settings

    /// @notice Creates an active plan. The name may be empty.
    function createPlan(string calldata name, uint256 pricePerDayUsdCents) external onlyOwner returns (uint256 planId) {
        if (pricePerDayUsdCents == 0) revert PlanPriceMustBePositive();
        planId = nextPlanId++;
        _plans[planId] = Plan(name, pricePerDayUsdCents, true);
        emit PlanCreated(planId, name, pricePerDayUsdCents);
    }

    /// @notice Replaces a plan. Subscriptions bought before pay the new price when extended.
    function updatePlan(uint256 planId, string calldata name, uint256 pricePerDayUsdCents, bool active)
        external
        onlyOwner
    {
        _plan(planId);
        if (pricePerDayUsdCents == 0) revert PlanPriceMustBePositive();
        _plans[planId] = Plan(name, pricePerDayUsdCents, active);
        emit PlanUpdated(planId, name, pricePerDayUsdCents, active);
    }

    /// @notice Ends a subscription now, without a refund.
    function cancelSubscription(uint256 subscriptionId) external onlyOwner {
        Subscription storage subscription = _uncancelled(subscriptionId);
        subscription.cancelled = true;
        subscription.expiresAt = uint64(block.timestamp);
        emit SubscriptionCancelled(subscriptionId, subscription.planId, subscription.subscriber);
    }

    function setSlippageBps(uint256 newSlippageBps) external onlyOwner {
        if (newSlippageBps > MAX_SLIPPAGE_BPS) revert SlippageTooHigh();
        emit SlippageUpdated(slippageBps, newSlippageBps);
        slippageBps = newSlippageBps;
    }

    function setMinLiquidity(uint256 newMinLiquidity) external onlyOwner {
        emit MinLiquidityUpdated(minLiquidityUsd, newMinLiquidity);
        minLiquidityUsd = newMinLiquidity;
    }

    /// @notice Operators set this to the time a machine is kept after expiry, so that nobody pays for one that
    /// is gone.
    function setExtensionGraceSeconds(uint256 newSeconds) external onlyOwner {
        emit ExtensionGraceUpdated(extensionGraceSeconds, newSeconds);
        extensionGraceSeconds = newSeconds;
    }

    /// @notice Always refused: without an owner the funds would be locked for good.
    function renounceOwnership() public view override onlyOwner {
        revert RenounceDisabled();
    }

    // ---------------------------------------------------------------- payment methods and funds

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

    // ---------------------------------------------------------------- buying

    /// @notice Buys `days_` days of a plan. The caller becomes the subscriber and must have approved the amount
    /// that `calculatePayment` quotes; that allowance caps what a price change in between can take.
    /// @param userEncrypted At most 4096 bytes for the host, passed on in the event.
    function buySubscription(uint256 planId, uint256 days_, uint256 paymentMethodId, bytes calldata userEncrypted)
        external
        nonReentrant
        returns (uint256 subscriptionId)
    {
        if (userEncrypted.length > MAX_USER_ENCRYPTED_BYTES) revert PayloadTooLarge(userEncrypted.length);
        (uint256 paidAmount, address paymentToken) = _charge(planId, days_, paymentMethodId);

        uint256 expiresAt = block.timestamp + days_ * 1 days;
        subscriptionId = nextSubscriptionId++;
        _subscriptions[subscriptionId] = Subscription(msg.sender, uint64(expiresAt), false, planId);
        _subscriptionsOf[msg.sender].push(subscriptionId);
        emit SubscriptionCreated(
            subscriptionId, planId, msg.sender, expiresAt, paidAmount, paymentToken, userEncrypted
        );
    }

    /// @notice Adds `days_` days to a subscription, counted from its expiry or from now if that is past. Anyone
    /// may pay, at the plan's present price.
    function extendSubscription(uint256 subscriptionId, uint256 days_, uint256 paymentMethodId)
        external
        nonReentrant
    {
        Subscription storage subscription = _uncancelled(subscriptionId);
        uint256 grace = extensionGraceSeconds;
        // By subtraction: an absurdly large grace must not overflow.
        if (grace != 0 && block.timestamp > subscription.expiresAt && block.timestamp - subscription.expiresAt > grace) {
            revert ExtensionWindowClosed(subscriptionId);
        }
        uint256 planId = subscription.planId;
        (uint256 paidAmount, address paymentToken) = _charge(planId, days_, paymentMethodId);

        uint256 newExpiresAt = Math.max(subscription.expiresAt, block.timestamp) + days_ * 1 days;
        if (newExpiresAt > block.timestamp + MAX_SUBSCRIPTION_DAYS * 1 days) revert DaysExceedMaximum(days_);
        subscription.expiresAt = uint64(newExpiresAt);
        emit SubscriptionExtended(subscriptionId, planId, msg.sender, newExpiresAt, paidAmount, paymentToken);
    }

    /// @dev Checks what is bought, prices it and takes exactly that amount from the caller.
    function _charge(uint256 planId, uint256 days_, uint256 paymentMethodId)
        private
        returns (uint256 amount, address paymentToken)
    {
        Plan storage plan = _plan(planId);
        if (!plan.active) revert PlanNotActive(planId);
        if (days_ == 0) revert DaysMustBePositive();
        if (days_ > MAX_SUBSCRIPTION_DAYS) revert DaysExceedMaximum(days_);
        PaymentMethod storage method = _paymentMethod(paymentMethodId);
        if (!method.active) revert PaymentMethodNotActive(paymentMethodId);

        amount = _price(plan, days_, method);
        if (amount == 0) revert ZeroPayment();
        paymentToken = method.tokenAddress;
        _collect(IERC20(paymentToken), amount);
    }

    /// @dev A token that delivers anything but the amount (a fee, a rebase) is refused: the books must balance.
    function _collect(IERC20 token, uint256 amount) private {
        uint256 balanceBefore = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = Math.saturatingSub(token.balanceOf(address(this)), balanceBefore);
        if (received != amount) revert TransferAmountMismatch(amount, received);
    }

    // ---------------------------------------------------------------- prices

    /// @notice What `days_` days cost now. A quote ignores whether plan and method are active, and may be 0.
    function calculatePayment(uint256 planId, uint256 days_, uint256 paymentMethodId) external view returns (uint256) {
        return _price(_plan(planId), days_, _paymentMethod(paymentMethodId));
    }

    /// @notice Price of one whole token in US cents, rounded down, whatever the liquidity of its pair.
    function getTokenPriceUsdCents(uint256 paymentMethodId) external view returns (uint256) {
        PaymentMethod storage method = _paymentMethod(paymentMethodId);
        if (method.pairAddress == address(0)) return 100;
        (uint256 tokenReserve, uint256 stableReserve) = _reserves(method);
        return Pricing.tokenPriceCents(tokenReserve, method.tokenDecimals, stableReserve, method.stablecoinDecimals);
    }

    function _price(Plan storage plan, uint256 days_, PaymentMethod storage method) private view returns (uint256) {
        uint256 stableUnits = Pricing.stablecoinAmount(plan.pricePerDayUsdCents * days_, method.stablecoinDecimals);
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

    // ---------------------------------------------------------------- reading

    function getSubscription(uint256 subscriptionId)
        external
        view
        returns (uint256 planId, address subscriber, uint256 expiresAt, bool isActive, bool cancelled)
    {
        Subscription storage s = _subscription(subscriptionId);
        return (s.planId, s.subscriber, s.expiresAt, _isActive(s), s.cancelled);
    }

    /// @notice Not cancelled and not expired; a subscription expires at the very second `expiresAt`.
    function isSubscriptionActive(uint256 subscriptionId) external view returns (bool) {
        return _isActive(_subscriptions[subscriptionId]);
    }

    /// @notice Whole days left; 0 when expired or cancelled.
    function daysRemaining(uint256 subscriptionId) external view returns (uint256) {
        Subscription storage subscription = _subscription(subscriptionId);
        return _isActive(subscription) ? (subscription.expiresAt - block.timestamp) / 1 days : 0;
    }

    function getPlan(uint256 planId)
        external
        view
        returns (string memory name, uint256 pricePerDayUsdCents, bool active)
    {
        Plan storage plan = _plan(planId);
        return (plan.name, plan.pricePerDayUsdCents, plan.active);
    }

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

    function getTotalPlanCount() external view returns (uint256) {
        return nextPlanId - 1;
    }

    function getTotalSubscriptionCount() external view returns (uint256) {
        return nextSubscriptionId - 1;
    }

    /// @notice All subscriptions of an account, in ascending order.
    function getSubscriptionsBySubscriber(address subscriber) external view returns (uint256[] memory) {
        return _subscriptionsOf[subscriber];
    }

    function getSubscriptionCountBySubscriber(address subscriber) external view returns (uint256) {
        return _subscriptionsOf[subscriber].length;
    }

    /// @notice At most `limit`, and never more than 200, subscriptions of an account; empty past the end.
    function getSubscriptionsBySubscriberPaged(address subscriber, uint256 offset, uint256 limit)
        external
        view
        returns (uint256[] memory ids)
    {
        uint256[] storage all = _subscriptionsOf[subscriber];
        uint256 left = Math.saturatingSub(all.length, offset);
        ids = new uint256[](Math.min(left, Math.min(limit, MAX_PAGE)));
        for (uint256 i = 0; i < ids.length; i++) {
            ids[i] = all[offset + i];
        }
    }

    // ---------------------------------------------------------------- lookups

    function _plan(uint256 planId) private view returns (Plan storage plan) {
        plan = _plans[planId];
        if (plan.pricePerDayUsdCents == 0) revert PlanNotFound(planId);
    }

    function _subscription(uint256 subscriptionId) private view returns (Subscription storage subscription) {
        subscription = _subscriptions[subscriptionId];
        if (subscription.subscriber == address(0)) revert SubscriptionNotFound(subscriptionId);
    }

    function _uncancelled(uint256 subscriptionId) private view returns (Subscription storage subscription) {
        subscription = _subscription(subscriptionId);
        if (subscription.cancelled) revert SubscriptionAlreadyCancelled(subscriptionId);
    }

    function _paymentMethod(uint256 paymentMethodId) private view returns (PaymentMethod storage method) {
        method = _paymentMethods[paymentMethodId];
        if (!_exists(method)) revert PaymentMethodNotFound(paymentMethodId);
    }

    function _exists(PaymentMethod storage method) private view returns (bool) {
        return method.tokenAddress != address(0);
    }

    function _isActive(Subscription storage subscription) private view returns (bool) {
        return !subscription.cancelled && subscription.expiresAt > block.timestamp;
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
