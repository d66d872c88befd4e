// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BrokerRequests} from "../src/BrokerRequests.sol";
import {TestNft} from "../src/testing/TestNft.sol";
import {Cheats} from "./Cheats.sol";

/// @notice A broker's desk, owned by the test, and two hosts with an NFT contract each.
abstract contract Desk is Cheats {
    uint256 internal constant T0 = 1_700_000_000;
    address internal constant HOST = address(0x4057);
    address internal constant OTHER = address(0x07E2);
    address internal constant STRANGER = address(0x57A);

    BrokerRequests internal desk;
    TestNft internal nft;
    TestNft internal otherNft;

    function setUp() public virtual {
        vm.warp(T0);
        desk = new BrokerRequests();
        nft = new TestNft(HOST, true, false);
        otherNft = new TestNft(OTHER, true, false);
    }

    function submit() internal returns (uint256) {
        return submit(HOST, address(nft), "request");
    }

    function submit(address host, address nftContract, bytes memory payload) internal returns (uint256) {
        vm.prank(host);
        return desk.submitRequest(nftContract, payload);
    }

    function expectSubmitRevert(bytes memory reason, address host, address nftContract, bytes memory payload) internal {
        vm.prank(host);
        vm.expectRevert(reason);
        desk.submitRequest(nftContract, payload);
    }

    function expectRespondRevert(bytes memory reason, uint256 requestId, bytes memory payload) internal {
        vm.expectRevert(reason);
        desk.submitResponse(requestId, payload);
    }

    function release(address caller, address nftContract) internal {
        vm.prank(caller);
        desk.releaseAllocation(nftContract);
    }

    /// @dev As a stranger, since anyone may.
    function markExpired(uint256 requestId) internal {
        vm.prank(STRANGER);
        desk.markExpired(ids(requestId));
    }

    function ids(uint256 requestId) internal pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = requestId;
    }

    function statusOf(uint256 requestId) internal view returns (BrokerRequests.RequestStatus) {
        return desk.getRequest(requestId).status;
    }

    function hasStatus(uint256 requestId, BrokerRequests.RequestStatus status, string memory what) internal view {
        same(uint8(statusOf(requestId)), uint8(status), what);
    }

    function counts(uint256 pending, uint256 active, string memory what) internal view {
        same(desk._pendingCount(), pending, string.concat(what, ": pending"));
        same(desk._activeCount(), active, string.concat(what, ": active"));
    }
}
