// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {PaymentMethods} from "./PaymentMethods.sol";

/// @title Sells and extends time-limited subscriptions for ERC-20 tokens
/// @notice Prices are US cents per day, payments the base units of a token, times Unix seconds. Payments stay
/// here until the owner withdraws them. All ids are sequential and never reused.
/// @dev No proxy, no payable function, no receive: plain ether is refused.
contract BlockhostSubscriptions is PaymentMethods {
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

    /// @notice Longest purchase, and furthest expiry from now.
    uint256 public constant MAX_SUBSCRIPTION_DAYS = 36_500;

    uint256 private constant MAX_USER_ENCRYPTED_BYTES = 4096;
    uint256 private constant MAX_PAGE = 200;

    /// @notice The id that the next plan gets.
    uint256 public nextPlanId = 1;
    /// @notice The id that the next subscription gets.
    uint256 public nextSubscriptionId = 1;
    /// @notice How long after expiry an extension is still accepted; 0 = without limit.
    uint256 public extensionGraceSeconds;

    mapping(uint256 planId => Plan) private _plans;
    mapping(uint256 subscriptionId => Subscription) private _subscriptions;
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
    /// @dev Guarded, so that a token re-entering during an extension cannot give a cancelled one a future expiry.
    function cancelSubscription(uint256 subscriptionId) external onlyOwner nonReentrant {
        Subscription storage subscription = _uncancelled(subscriptionId);
        subscription.cancelled = true;
        subscription.expiresAt = uint64(block.timestamp);
        emit SubscriptionCancelled(subscriptionId, subscription.planId, subscription.subscriber);
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

    // ---------------------------------------------------------------- buying and extending

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
        if (
            grace != 0 && block.timestamp > subscription.expiresAt
                && block.timestamp - subscription.expiresAt > grace
        ) {
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
        return _collect(plan.pricePerDayUsdCents, days_, paymentMethodId);
    }

    /// @notice What `days_` days cost now. A quote ignores whether plan and method are active, and may be 0.
    function calculatePayment(uint256 planId, uint256 days_, uint256 paymentMethodId) external view returns (uint256) {
        return _quote(_plan(planId).pricePerDayUsdCents, days_, paymentMethodId);
    }

    // ---------------------------------------------------------------- reading

    /// @notice A subscription; it stays readable for ever.
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

    /// @notice A plan, active or not.
    function getPlan(uint256 planId)
        external
        view
        returns (string memory name, uint256 pricePerDayUsdCents, bool active)
    {
        Plan storage plan = _plan(planId);
        return (plan.name, plan.pricePerDayUsdCents, plan.active);
    }

    /// @notice How many plans were ever created.
    function getTotalPlanCount() external view returns (uint256) {
        return nextPlanId - 1;
    }

    /// @notice How many subscriptions were ever sold.
    function getTotalSubscriptionCount() external view returns (uint256) {
        return nextSubscriptionId - 1;
    }

    /// @notice All subscriptions of an account, in ascending order.
    function getSubscriptionsBySubscriber(address subscriber) external view returns (uint256[] memory) {
        return _subscriptionsOf[subscriber];
    }

    /// @notice How many subscriptions an account ever bought.
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

    function _isActive(Subscription storage subscription) private view returns (bool) {
        return !subscription.cancelled && subscription.expiresAt > block.timestamp;
    }
}
