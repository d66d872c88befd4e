// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessCredentialNFT} from "../src/AccessCredentialNFT.sol";
import {Gas} from "./Gas.sol";

/// @notice Gas of each call of AccessCredentialNFT.
/// forge-config: default.isolate = true
contract CredentialsGasTest is Gas {
    address private constant HOLDER = address(0x1001);
    address private constant OTHER = address(0x1002);

    AccessCredentialNFT private nft;

    constructor() Gas("AccessCredentialNFT") {}

    function setUp() public {
        nft = new AccessCredentialNFT("BlockHost Access", "BHAC");
    }

    function test_GasOfTheOwnersCalls() public {
        bytes memory data = ciphertext();
        nft.mint(HOLDER, data);
        record("mint, the first of all, 256 bytes");
        nft.mint(HOLDER, data);
        record("mint, 256 bytes");
        nft.updateUserEncrypted(1, data);
        record("updateUserEncrypted, 256 bytes unchanged");
        nft.transferOwnership(OTHER);
        record("transferOwnership");
        vm.prank(OTHER);
        nft.renounceOwnership();
        record("renounceOwnership");
    }

    function test_GasOfTheHoldersCalls() public {
        bytes memory data = ciphertext();
        for (uint256 i = 0; i < 4; i++) {
            nft.mint(HOLDER, data);
        }
        vm.startPrank(HOLDER);
        nft.approve(OTHER, 0);
        record("approve");
        nft.setApprovalForAll(OTHER, true);
        record("setApprovalForAll");
        nft.transferFrom(HOLDER, OTHER, 1);
        record("transferFrom");
        nft.safeTransferFrom(HOLDER, OTHER, 2);
        record("safeTransferFrom");
        nft.burn(3);
        record("burn, 256 bytes");
    }

    function test_GasOfTheDeployment() public {
        startDeployment();
        new AccessCredentialNFT("BlockHost Access", "BHAC");
        vm.stopSnapshotGas();
    }
}
