// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockhostSubscriptions} from "../src/BlockhostSubscriptions.sol";
import {TestToken} from "../src/testing/TestToken.sol";
import {Gas} from "./Gas.sol";
import {Shop} from "./Shop.sol";

/// @notice Gas of each call of BlockhostSubscriptions.
/// forge-config: default.isolate = true
contract ShopGasTest is Shop, Gas {
    constructor() Gas("BlockhostSubscriptions") {}

    function test_GasOfAFirstAndALaterPurchase() public {
        bytes memory data = ciphertext();
        vm.startPrank(BUYER);
        shop.buySubscription(PLAN, 30, STABLE, data);
        record("buySubscription, the first of all, 256 bytes");
        shop.buySubscription(PLAN, 30, STABLE, data);
        record("buySubscription, 256 bytes");
    }

    function test_GasOfAPurchaseByAPair() public {
        TestToken token = newToken(18, TestToken.Mode.Standard);
        address pair = address(newPair(token, 100_000e18, usd, 100_000e6));
        uint256 method = shop.addPaymentMethod(address(token), pair, address(usd));
        record("addPaymentMethod");
        buy(1);
        vm.prank(BUYER);
        shop.buySubscription(PLAN, 30, method, "");
        record("buySubscription by a pair, the first in its token, no data");
        vm.prank(BUYER);
        shop.buySubscription(PLAN, 30, method, "");
        record("buySubscription by a pair, no data");
        shop.updatePaymentMethod(method, false);
        record("updatePaymentMethod");
    }

    function test_GasOfAnExtension() public {
        uint256 id = buy(30);
        extend(BUYER, id, 30);
        record("extendSubscription");
    }

    function test_GasOfTheOwnersCalls() public {
        shop.createPlan("Basic", CENTS_PER_DAY);
        record("createPlan");
        shop.updatePlan(PLAN, "Basic", CENTS_PER_DAY + 1, true);
        record("updatePlan, the price");
        uint256 id = buy(30);
        shop.cancelSubscription(id);
        record("cancelSubscription");
        shop.withdrawFunds(address(usd), TREASURY);
        record("withdrawFunds");
        shop.setPrimaryStablecoin(address(newToken(6, TestToken.Mode.Standard)));
        record("setPrimaryStablecoin, replacing one");
        shop.setSlippageBps(200);
        record("setSlippageBps");
        shop.setMinLiquidity(1e6);
        record("setMinLiquidity");
        shop.setExtensionGraceSeconds(7 days);
        record("setExtensionGraceSeconds");
        shop.transferOwnership(STRANGER);
        record("transferOwnership");
        vm.prank(STRANGER);
        shop.acceptOwnership();
        record("acceptOwnership");
    }

    function test_GasOfTheDeployment() public {
        startDeployment();
        new BlockhostSubscriptions();
        vm.stopSnapshotGas();
    }
}
