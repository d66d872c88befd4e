// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Shop} from "./Shop.sol";

contract EnumerationTest is Shop {
    function buyMany(address buyer, uint256 count) private {
        vm.startPrank(buyer);
        for (uint256 i = 0; i < count; i++) {
            shop.buySubscription(PLAN, 1, STABLE, "");
        }
        vm.stopPrank();
    }

    function page(uint256 offset, uint256 limit) private view returns (uint256[] memory) {
        return shop.getSubscriptionsBySubscriberPaged(BUYER, offset, limit);
    }

    function gasToList() private view returns (uint256) {
        uint256 before = gasleft();
        shop.getSubscriptionsBySubscriber(BUYER);
        return before - gasleft();
    }

    function test_SubscriptionsOfOthersDoNotMakeListingDearer() public {
        buyMany(BUYER, 3);
        gasToList(); // warms the storage, so that both measurements find it so
        uint256 alone = gasToList();
        buyMany(STRANGER, 2000);
        // The memory that this test has used meanwhile costs a few units.
        yes(gasToList() <= alone + 100, "gas");
        same(shop.getTotalSubscriptionCount(), 2003, "total");
    }

    function test_PagesHaveAtMost200AndEndCleanly() public {
        buyMany(BUYER, 201);
        same(page(0, type(uint256).max).length, 200, "capped");
        same(page(1, 200).length, 200, "a full page");
        same(page(2, 200).length, 199, "the last page");
        same(page(200, 1)[0], 201, "the last id");
        same(page(201, 1).length, 0, "past the end");
        same(page(type(uint256).max, type(uint256).max).length, 0, "far past the end");
        same(page(0, 0).length, 0, "an empty page");
    }

    function testFuzz_PagesTogetherAreTheWholeList(uint256 mine, uint256 size) public {
        mine = between(mine, 0, 25);
        size = between(size, 1, 8);
        for (uint256 i = 0; i < mine; i++) {
            buyMany(STRANGER, i % 3);
            buyMany(BUYER, 1);
        }
        uint256[] memory all = shop.getSubscriptionsBySubscriber(BUYER);
        same(all.length, mine, "all");
        same(shop.getSubscriptionCountBySubscriber(BUYER), mine, "count");
        for (uint256 offset = 0; offset < mine; offset += size) {
            uint256[] memory part = page(offset, size);
            for (uint256 i = 0; i < part.length; i++) {
                same(part[i], all[offset + i], "page");
            }
            same(part.length, offset + size <= mine ? size : mine - offset, "length");
        }
        for (uint256 i = 1; i < mine; i++) {
            yes(all[i - 1] < all[i], "ascending");
        }
    }
}
