// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockhostSubscriptions} from "../src/BlockhostSubscriptions.sol";
import {Cheats} from "./Cheats.sol";
import {ShopKeeper} from "./ShopKeeper.sol";

/// @notice What holds whatever a shop keeper and its customers do, in whatever order.
contract InvariantsTest is Cheats {
    ShopKeeper private keeper;
    BlockhostSubscriptions private shop;

    function setUp() public {
        keeper = new ShopKeeper();
        shop = keeper.shop();
    }

    /// @dev Where forge looks for what to call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(keeper);
    }

    function invariant_MoneyIsConserved() public view {
        for (uint256 i = 0; i < 3; i++) {
            uint256 inTheTill = keeper.tokens(i).balanceOf(address(shop));
            same(inTheTill + keeper.withdrawn(i), keeper.collected(i), "till + withdrawn = sum of the quotes");
            same(keeper.supply(i), keeper.tokens(i).totalSupply(), "nobody else has any");
        }
    }

    function invariant_EverySubscriptionIsAsTheBooksSay() public view {
        same(shop.getTotalSubscriptionCount(), keeper.entryCount(), "count");
        for (uint256 i = 0; i < keeper.entryCount(); i++) {
            (address subscriber, uint256 expiresAt, bool cancelled) = keeper.entries(i);
            (, address actual, uint256 actualExpiry, bool isActive, bool isCancelled) = shop.getSubscription(i + 1);
            same(actual, subscriber, "subscriber");
            same(actualExpiry, expiresAt, "expiry");
            yes(isCancelled == cancelled, "cancelled");
            yes(isActive == (!cancelled && expiresAt > block.timestamp), "active");
            yes(expiresAt <= block.timestamp + 36_500 days, "within the limit");
        }
    }

    function invariant_EverySubscriptionIsListedOnceInAscendingOrder() public view {
        uint256 listed;
        for (uint256 c = 0; c < 2; c++) {
            address customer = keeper.customers(c);
            uint256[] memory ids = shop.getSubscriptionsBySubscriber(customer);
            for (uint256 i = 0; i < ids.length; i++) {
                (, address subscriber,,,) = shop.getSubscription(ids[i]);
                same(subscriber, customer, "listed under its subscriber");
                yes(i == 0 || ids[i - 1] < ids[i], "ascending");
            }
            listed += ids.length;
        }
        same(listed, shop.getTotalSubscriptionCount(), "all are listed");
    }

    /// @dev Shows that the calls above do something: a shop keeper that always returned early would prove nothing.
    function test_TheShopKeeperReallyTrades() public {
        keeper.buy(0, 0, 1, 30, 1);
        keeper.buy(1 days, 1, 2, 30, 2);
        keeper.extend(1 days, 1, 1, 10, 2);
        keeper.changeStablecoin();
        keeper.extend(1 days, 1, 1, 10, 1);
        keeper.cancel(1 days, 2);
        keeper.withdraw(1 days, 0);
        same(keeper.withdrawn(0), 300e6, "dollars");
        yes(keeper.collected(1) == 100e18 && keeper.collected(2) > 0, "the other tokens");
        invariant_MoneyIsConserved();
        invariant_EverySubscriptionIsAsTheBooksSay();
        invariant_EverySubscriptionIsListedOnceInAscendingOrder();
    }
}
