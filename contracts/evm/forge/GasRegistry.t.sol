// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BrokerRegistry} from "../src/BrokerRegistry.sol";
import {Gas} from "./Gas.sol";

/// @notice Gas of each call of BrokerRegistry.
/// forge-config: default.isolate = true
contract RegistryGasTest is Gas {
    address private constant OPERATOR = address(0x0BE4);

    BrokerRegistry private registry;
    bytes private key;

    constructor() Gas("BrokerRegistry") {}

    function setUp() public {
        registry = new BrokerRegistry();
        key = bytes.concat(hex"04", abi.encode(keccak256("x"), keccak256("y")));
        registry.registerBroker(OPERATOR, address(0xDE5C), key, "eu-west", 100);
    }

    function test_GasOfTheOwnersCalls() public {
        registry.registerBroker(address(0x0BE5), address(0xDE5D), key, "eu-west", 100);
        record("registerBroker");
        registry.registerBroker(OPERATOR, address(0xDE5E), key, "eu-west", 100);
        record("registerBroker, replacing one");
        registry.removeBroker(2);
        record("removeBroker");
        registry.transferOwnership(OPERATOR);
        record("transferOwnership");
        vm.prank(OPERATOR);
        registry.acceptOwnership();
        record("acceptOwnership");
    }

    function test_GasOfTheOperatorsCalls() public {
        bytes memory newKey = bytes.concat(hex"04", abi.encode(keccak256("v"), keccak256("w")));
        vm.startPrank(OPERATOR);
        registry.updateEncryptionPubkey(newKey);
        record("updateEncryptionPubkey");
        registry.updateRegion("us-east");
        record("updateRegion");
        registry.updateCapacity(200);
        record("updateCapacity");
        registry.updateLoad(1);
        record("updateLoad, from zero");
        registry.updateLoad(2);
        record("updateLoad");
        registry.deactivate();
        record("deactivate");
        registry.activate();
        record("activate");
    }

    function test_GasOfTheDeployment() public {
        startDeployment();
        new BrokerRegistry();
        vm.stopSnapshotGas();
    }
}
