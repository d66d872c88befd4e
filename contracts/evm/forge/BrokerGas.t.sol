// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BrokerRegistry} from "../src/BrokerRegistry.sol";
import {BrokerRequests} from "../src/BrokerRequests.sol";
import {TestNft} from "../src/testing/TestNft.sol";
import {Desk} from "./Desk.sol";

/// @notice Gas of what hosts, brokers and the registry's owner pay for, compared with gas/transactions.json.
/// @dev `node scripts/forge-test.mjs --update` records new figures.
/// forge-config: default.isolate = true
contract BrokerGasTest is Desk {
    address private constant OPERATOR = address(0x0E1);

    BrokerRegistry private registry;
    /// @dev 330 bytes without a zero, as ciphertext is: zero bytes are cheaper.
    bytes private ciphertext;
    bytes private pubkey;

    function setUp() public override {
        super.setUp();
        registry = new BrokerRegistry();
        for (uint256 i = 1; i <= 330; i++) {
            ciphertext.push(bytes1(uint8(i % 255 + 1)));
        }
        pubkey = abi.encodePacked(bytes1(0x04), keccak256("x"), keccak256("y"));
    }

    function record(string memory name) private {
        vm.snapshotGasLastCall("transactions", name);
    }

    function test_GasOfRequests() public {
        bytes memory data = ciphertext;
        submit(OTHER, address(otherNft), data);
        record("submitRequest, the first of all, 330 bytes");
        submit(HOST, address(nft), data);
        record("submitRequest, 330 bytes");
        desk.submitResponse(2, data);
        record("submitResponse, 330 bytes");
        submit(HOST, address(nft), data);
        record("submitRequest over an approved one, 330 bytes");
        release(HOST, address(nft));
        record("releaseAllocation, by the owner of the NFT contract");
        desk.releaseAllocation(address(otherNft));
        record("releaseAllocation, by the broker");
    }

    function test_GasOfExpiry() public {
        uint256[] memory batch = new uint256[](100);
        for (uint256 i = 0; i < 101; i++) {
            uint256 id = submit(HOST, address(new TestNft(HOST, true, false)), "x");
            if (i < 100) batch[i] = id;
        }
        vm.warp(T0 + 2 days);
        desk.markExpired(ids(101));
        record("markExpired, 1 request");
        submit();
        desk.markExpired(batch);
        record("markExpired, 100 requests");
    }

    function test_GasOfTheBrokersSettings() public {
        desk.setTotalCapacity(100);
        record("setTotalCapacity, from unlimited");
        desk.setRequestExpirationTime(2 days);
        record("setRequestExpirationTime");
    }

    function test_GasOfTheRegistry() public {
        registry.registerBroker(OTHER, address(otherNft), pubkey, "eu-west", 100);
        registry.registerBroker(OPERATOR, address(nft), pubkey, "eu-west", 100);
        record("registerBroker");
        vm.startPrank(OPERATOR);
        registry.updateLoad(1);
        record("updateLoad, from 0");
        registry.updateCapacity(50);
        record("updateCapacity");
        registry.updateRegion("eu-east");
        record("updateRegion");
        registry.updateEncryptionPubkey(abi.encodePacked(bytes1(0x04), keccak256("z"), keccak256("w")));
        record("updateEncryptionPubkey");
        registry.deactivate();
        record("deactivate");
        registry.activate();
        record("activate");
        vm.stopPrank();
        registry.registerBroker(OPERATOR, address(desk), pubkey, "eu-west", 100);
        record("registerBroker over an older entry");
        registry.removeBroker(1);
        record("removeBroker");
    }

    function test_GasOfDeployments() public {
        vm.startSnapshotGas("transactions", "deploy BrokerRegistry");
        new BrokerRegistry();
        vm.stopSnapshotGas();
        vm.startSnapshotGas("transactions", "deploy BrokerRequests");
        new BrokerRequests();
        vm.stopSnapshotGas();
    }
}
