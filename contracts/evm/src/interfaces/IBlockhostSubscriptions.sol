// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Events and errors of the subscriptions contract
/// @notice What BlockhostSubscriptions announces and how it refuses.
/// @dev Amounts are base units of the named token, prices US cents, times Unix seconds.
interface IBlockhostSubscriptions {
    /// @notice The owner offers a new plan.
    event PlanCreated(uint256 indexed planId, string name, uint256 pricePerDayUsdCents);
    /// @notice The owner replaced name, price and availability of a plan.
    event PlanUpdated(uint256 indexed planId, string name, uint256 pricePerDayUsdCents, bool active);

    /// @notice Somebody bought, and paid for, a subscription.
    /// @param userEncrypted What the buyer sends to the host, byte for byte; the contract does not look into it.
    event SubscriptionCreated(
        uint256 indexed subscriptionId,
        uint256 indexed planId,
        address indexed subscriber,
        uint256 expiresAt,
        uint256 paidAmount,
        address paymentToken,
        bytes userEncrypted
    );
    /// @notice Somebody paid for more days.
    /// @param extendedBy Who paid; not necessarily the subscriber.
    event SubscriptionExtended(
        uint256 indexed subscriptionId,
        uint256 indexed planId,
        address indexed extendedBy,
        uint256 newExpiresAt,
        uint256 paidAmount,
        address paymentToken
    );
    /// @notice The owner ended a subscription for good.
    event SubscriptionCancelled(uint256 indexed subscriptionId, uint256 indexed planId, address indexed subscriber);

    /// @notice Payment method 1 is now this token.
    event PrimaryStablecoinSet(address indexed stablecoinAddress, uint8 decimals);
    /// @notice A token is accepted at the price of a pair.
    event PaymentMethodAdded(
        uint256 indexed paymentMethodId, address tokenAddress, address pairAddress, address stablecoinAddress
    );
    /// @notice A method was enabled or disabled.
    event PaymentMethodUpdated(uint256 indexed paymentMethodId, bool active);
    /// @notice The owner took the whole balance of a token.
    event FundsWithdrawn(address indexed token, address indexed to, uint256 amount);

    /// @notice The surcharge on pair prices changed.
    event SlippageUpdated(uint256 oldSlippageBps, uint256 newSlippageBps);
    /// @notice The least reserve of a usable pair changed.
    event MinLiquidityUpdated(uint256 oldMinLiquidity, uint256 newMinLiquidity);
    /// @notice The time in which an expired subscription may be extended changed.
    event ExtensionGraceUpdated(uint256 oldSeconds, uint256 newSeconds);

    error PlanNotFound(uint256 planId);
    error PlanNotActive(uint256 planId);
    error PlanPriceMustBePositive();

    error SubscriptionNotFound(uint256 subscriptionId);
    error SubscriptionAlreadyCancelled(uint256 subscriptionId);
    error ExtensionWindowClosed(uint256 subscriptionId);
    error DaysMustBePositive();
    error DaysExceedMaximum(uint256 days_);
    error PayloadTooLarge(uint256 length);

    error PaymentMethodNotFound(uint256 paymentMethodId);
    error PaymentMethodNotActive(uint256 paymentMethodId);
    error InvalidAddress();
    error TokenNotInPair();
    error UnsupportedDecimals(uint8 decimals);
    error SlippageTooHigh();

    error InsufficientLiquidity();
    error ZeroPayment();
    error TransferAmountMismatch(uint256 expected, uint256 received);
    error NoBalanceToWithdraw();

    /// @dev Never raised: an unset stablecoin is `PaymentMethodNotFound(1)`. Part of the published interface.
    error PrimaryStablecoinNotSet();
    error RenounceDisabled();
}
