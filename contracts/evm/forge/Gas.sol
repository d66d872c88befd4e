// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Cheats} from "./Cheats.sol";

/// @notice Records the gas of whole transactions in gas/<contract>.json, where later runs compare it.
/// @dev `node scripts/forge-test.mjs --update` records new figures. Tests that inherit it must run isolated.
abstract contract Gas is Cheats {
    string private _contract;

    constructor(string memory contract_) {
        _contract = contract_;
    }

    function record(string memory what) internal {
        vm.snapshotGasLastCall(_contract, what);
    }

    function startDeployment() internal {
        vm.startSnapshotGas(_contract, "deployment");
    }

    /// @dev 256 bytes without a zero, as ciphertext is: zero bytes are cheaper.
    function ciphertext() internal pure returns (bytes memory data) {
        data = new bytes(256);
        for (uint256 i = 0; i < data.length; i++) {
            data[i] = bytes1(uint8((i + 1) % 255 + 1));
        }
    }
}
