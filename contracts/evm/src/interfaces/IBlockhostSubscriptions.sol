// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What BlockhostSubscriptions announces and how it refuses.
/// @dev Amounts are base units of the named token, prices US cents, times Unix seconds.
interface IBlockhostSubscriptions {
    event PlanCreated(uint256 indexed planId, string name, uint256 pricePerDayUsdCents);
    event PlanUpdated(uint256 indexed planId, string name, uint256 pricePerDayUsdCents, bool active);

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
    /// @param extendedBy Who paid; not necessarily the subscriber.
    event SubscriptionExtended(
        uint256 indexed subscriptionId,
        uint256 indexed planId,
        address indexed extendedBy,
        uint256 newExpiresAt,
        uint256 paidAmount,
        address paymentToken
    );
    event SubscriptionCancelled(uint256 indexed subscriptionId, uint256 indexed planId, address indexed subscriber);

    event PrimaryStablecoinSet(address indexed stablecoinAddress, uint8 decimals);
    event PaymentMethodAdded(
        uint256 indexed paymentMethodId, address tokenAddress, address pairAddress, address stablecoinAddress
    );
    event PaymentMethodUpdated(uint256 indexed paymentMethodId, bool active);
    event FundsWithdrawn(address indexed token, address indexed to, uint256 amount);

    event SlippageUpdated(uint256 oldSlippageBps, uint256 newSlippageBps);
    event MinLiquidityUpdated(uint256 oldMinLiquidity, uint256 newMinLiquidity);
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
