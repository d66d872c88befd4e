// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessCredentialNFT} from "../src/AccessCredentialNFT.sol";
import {BlockhostSubscriptions} from "../src/BlockhostSubscriptions.sol";
import {TestToken} from "../src/testing/TestToken.sol";
import {Shop} from "./Shop.sol";

/// @notice Gas of what people pay for, as whole transactions, compared with gas/transactions.json.
/// @dev `node scripts/forge-test.mjs --update` records new figures.
/// forge-config: default.isolate = true
contract GasTest is Shop {
    AccessCredentialNFT private nft;
    /// @dev 256 bytes without a zero, as ciphertext is: zero bytes are cheaper.
    bytes private ciphertext;

    function setUp() public override {
        super.setUp();
        nft = new AccessCredentialNFT("BlockHost Access", "BHAC");
        for (uint256 i = 1; i <= 256; i++) {
            ciphertext.push(bytes1(uint8(i % 255 + 1)));
        }
    }

    function record(string memory name) private {
        vm.snapshotGasLastCall("transactions", name);
    }

    function test_GasOfAFirstAndALaterPurchase() public {
        bytes memory data = ciphertext;
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
    }

    function test_GasOfAnExtension() public {
        uint256 id = buy(30);
        extend(BUYER, id, 30);
        record("extendSubscription");
    }

    function test_GasOfTheOwnersCalls() public {
        shop.createPlan("Basic", CENTS_PER_DAY);
        record("createPlan");
        uint256 id = buy(30);
        shop.cancelSubscription(id);
        record("cancelSubscription");
        shop.withdrawFunds(address(usd), TREASURY);
        record("withdrawFunds");
        shop.setPrimaryStablecoin(address(newToken(6, TestToken.Mode.Standard)));
        record("setPrimaryStablecoin, replacing one");
    }

    function test_GasOfCredentials() public {
        bytes memory data = ciphertext;
        nft.mint(BUYER, data);
        record("mint, the first of all, 256 bytes");
        nft.mint(BUYER, data);
        record("mint, 256 bytes");
        nft.updateUserEncrypted(1, data);
        record("updateUserEncrypted, 256 bytes unchanged");
        vm.prank(BUYER);
        nft.transferFrom(BUYER, STRANGER, 1);
        record("transferFrom");
        vm.prank(STRANGER);
        nft.burn(1);
        record("burn, 256 bytes");
    }

    function test_GasOfDeployments() public {
        vm.startSnapshotGas("transactions", "deploy BlockhostSubscriptions");
        new BlockhostSubscriptions();
        vm.stopSnapshotGas();
        vm.startSnapshotGas("transactions", "deploy AccessCredentialNFT");
        new AccessCredentialNFT("BlockHost Access", "BHAC");
        vm.stopSnapshotGas();
    }
}
