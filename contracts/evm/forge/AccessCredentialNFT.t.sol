// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {AccessCredentialNFT} from "../src/AccessCredentialNFT.sol";
import {TestBystander, TestReceiver} from "../src/testing/TestReceiver.sol";
import {Cheats} from "./Cheats.sol";

/// @notice Burns what it receives, inside the hook.
contract BurningReceiver is IERC721Receiver {
    function onERC721Received(address, address, uint256 tokenId, bytes calldata) external returns (bytes4) {
        AccessCredentialNFT(msg.sender).burn(tokenId);
        return IERC721Receiver.onERC721Received.selector;
    }
}

/// @notice Answers the hook with something else.
contract ConfusedReceiver {
    function onERC721Received(address, address, uint256, bytes calldata) external pure returns (bytes4) {
        return 0xffffffff;
    }
}

/// @notice Burns all gas it gets.
contract GreedyReceiver {
    function onERC721Received(address, address, uint256, bytes calldata) external pure returns (bytes4) {
        while (true) {}
        return 0;
    }
}

/// @notice Owns the contract and mints again from inside the hook.
contract MintingReceiver is IERC721Receiver {
    AccessCredentialNFT public immutable nft = new AccessCredentialNFT("n", "s");
    uint256 public outer;

    function mintTwo() external {
        outer = nft.mint(address(this), "outer");
    }

    function onERC721Received(address, address, uint256 tokenId, bytes calldata) external returns (bytes4) {
        if (tokenId == 0) nft.mint(address(this), "inner");
        return IERC721Receiver.onERC721Received.selector;
    }
}

contract AccessCredentialNFTTest is Cheats {
    address private constant HOLDER = address(0x1001);
    address private constant OTHER = address(0x1002);

    AccessCredentialNFT private nft;

    function setUp() public {
        nft = new AccessCredentialNFT("BlockHost Access", "BHAC");
    }

    function test_IdsStartAtZeroAndAFailedMintUsesNone() public {
        same(nft.mint(HOLDER, "a"), 0, "first id");
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(0)));
        nft.mint(address(0), "b");
        same(nft.mint(HOLDER, "c"), 1, "second id");
    }

    function test_OnlyTheOwnerMintsAndUpdates() public {
        nft.mint(HOLDER, "a");
        vm.startPrank(HOLDER);
        bytes memory refusal = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, HOLDER);
        vm.expectRevert(refusal);
        nft.mint(HOLDER, "b");
        vm.expectRevert(refusal);
        nft.updateUserEncrypted(0, "b");
    }

    function test_DataSurvivesApprovalAndTransfer() public {
        nft.mint(HOLDER, "secret");
        vm.prank(HOLDER);
        nft.approve(OTHER, 0);
        vm.prank(OTHER);
        nft.transferFrom(HOLDER, OTHER, 0);
        same(nft.ownerOf(0), OTHER, "holder");
        same(nft.getUserEncrypted(0), "secret", "data");
    }

    function test_ARefusingRecipientBlocksOnlyItsOwnMint() public {
        address refusing = address(new TestReceiver(false));
        address bystander = address(new TestBystander());
        vm.expectRevert("no tokens, please");
        nft.mint(refusing, "a");
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, bystander));
        nft.mint(bystander, "a");
        same(nft.mint(address(new TestReceiver(true)), "a"), 0, "id");
        same(nft.totalSupply(), 1, "supply");
    }

    function test_ARecipientWithAWrongAnswerIsRefused() public {
        address confused = address(new ConfusedReceiver());
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, confused));
        nft.mint(confused, "a");
        same(nft.totalSupply(), 0, "supply");
    }

    function test_ARecipientThatBurnsAllGasBlocksOnlyItsOwnMint() public {
        address greedy = address(new GreedyReceiver());
        (bool success,) = address(nft).call{gas: 2_000_000}(abi.encodeCall(nft.mint, (greedy, "a")));
        yes(!success, "minted");
        same(nft.mint(HOLDER, "a"), 0, "id");
    }

    function test_HolderAndApprovedBurnAndTheDataGoes() public {
        nft.mint(HOLDER, "a");
        nft.mint(HOLDER, "b");
        vm.prank(HOLDER);
        nft.burn(0);
        vm.prank(HOLDER);
        nft.setApprovalForAll(OTHER, true);
        vm.prank(OTHER);
        nft.burn(1);

        same(nft.totalSupply(), 0, "supply");
        vm.expectRevert("Token does not exist");
        nft.getUserEncrypted(0);
        vm.expectRevert("Token does not exist");
        nft.updateUserEncrypted(1, "c");
        same(nft.mint(HOLDER, "d"), 2, "ids are not reused");
    }

    /// @dev Reads the contract's storage, since no getter shows the data of a burnt token.
    function test_BurntDataIsClearedFromStorage() public {
        bytes32 mappingSlot = bytes32(uint256(12));
        bytes32 slot = keccak256(abi.encode(uint256(0), mappingSlot));
        nft.mint(HOLDER, "a");
        yes(vm.load(address(nft), slot) != 0, "the data is where this test looks for it");
        vm.prank(HOLDER);
        nft.burn(0);
        yes(vm.load(address(nft), slot) == 0, "the data is gone");
    }

    function test_TheContractOwnerMayNotBurn() public {
        nft.mint(HOLDER, "a");
        vm.expectRevert(
            abi.encodeWithSelector(IERC721Errors.ERC721InsufficientApproval.selector, address(this), 0)
        );
        nft.burn(0);
    }

    function test_AnApprovalEndsWithATransfer() public {
        nft.mint(HOLDER, "a");
        vm.startPrank(HOLDER);
        nft.approve(address(this), 0);
        nft.transferFrom(HOLDER, OTHER, 0);
        vm.stopPrank();
        vm.expectRevert(
            abi.encodeWithSelector(IERC721Errors.ERC721InsufficientApproval.selector, address(this), 0)
        );
        nft.burn(0);
    }

    function test_ARecipientThatBurnsAtOnceLeavesNoData() public {
        uint256 id = nft.mint(address(new BurningReceiver()), "a");
        same(nft.totalSupply(), 0, "supply");
        vm.expectRevert("Token does not exist");
        nft.getUserEncrypted(id);
    }

    function test_AMintInsideAMintGetsItsOwnIdAndData() public {
        MintingReceiver owner = new MintingReceiver();
        owner.mintTwo();
        same(owner.outer(), 0, "outer id");
        same(owner.nft().getUserEncrypted(0), "outer", "outer data");
        same(owner.nft().getUserEncrypted(1), "inner", "inner data");
    }

    function test_TokenUriIsEmptyAndInterfacesAreDeclared() public {
        nft.mint(HOLDER, "a");
        same(bytes(nft.tokenURI(0)), "", "tokenURI");
        yes(nft.supportsInterface(0x01ffc9a7), "ERC-165");
        yes(nft.supportsInterface(0x80ac58cd), "ERC-721");
        yes(nft.supportsInterface(0x5b5e139f), "metadata");
        yes(nft.supportsInterface(0x780e9d63), "enumerable");
        yes(!nft.supportsInterface(0xffffffff), "nothing else");
    }

    function test_EtherIsRefused() public {
        vm.deal(address(this), 1);
        (bool success,) = address(nft).call{value: 1}("");
        yes(!success, "took ether");
    }

    function testFuzz_DataRoundTrips(bytes calldata data) public {
        same(nft.getUserEncrypted(nft.mint(HOLDER, data)), data, "minted");
        nft.mint(HOLDER, "");
        nft.updateUserEncrypted(1, data);
        same(nft.getUserEncrypted(1), data, "updated");
    }

    function test_FourKilobytesRoundTrip() public {
        bytes memory data = new bytes(4096);
        data[4095] = 0x01;
        same(nft.getUserEncrypted(nft.mint(HOLDER, data)), data, "data");
    }
}
