// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BrokerRequests} from "../src/BrokerRequests.sol";
import {Cheats} from "./Cheats.sol";
import {DeskClerk} from "./DeskClerk.sol";

/// @notice What holds whatever a broker and its hosts do, in whatever order.
contract RequestInvariantsTest is Cheats {
    DeskClerk private clerk;
    BrokerRequests private desk;

    function setUp() public {
        clerk = new DeskClerk();
        desk = clerk.desk();
    }

    /// @dev Where forge looks for what to call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(clerk);
    }

    function invariant_TheCountersEqualARecount() public view {
        (uint256 pending, uint256 active) = (0, 0);
        for (uint256 id = 1; id <= desk.getRequestCount(); id++) {
            BrokerRequests.Request memory request = desk.getRequest(id);
            if (desk.nftContractToRequestId(request.nftContract) != id) continue;
            if (request.status == BrokerRequests.RequestStatus.Pending) pending++;
            else if (request.status == BrokerRequests.RequestStatus.Approved) active++;
            else revert Untrue("a current request is pending or approved");
        }
        same(desk._pendingCount(), pending, "pending");
        same(desk._activeCount(), active, "active");
        uint256 total = desk.totalCapacity();
        uint256 free = pending + active < total ? total - pending - active : 0;
        same(desk.getAvailableCapacity(), total == 0 ? type(uint256).max : free, "capacity");
    }

    /// @dev The books never let a request that lost its place become current or approved again.
    function invariant_EveryRequestIsAsTheBooksSay() public view {
        same(desk.getRequestCount(), clerk.entryCount(), "count");
        for (uint256 id = 1; id <= clerk.entryCount(); id++) {
            (
                address requester,
                uint256 nft,
                bytes32 payloadHash,
                uint256 submittedAt,
                BrokerRequests.RequestStatus status,
                bool current
            ) = clerk.entries(id - 1);
            BrokerRequests.Request memory request = desk.getRequest(id);
            same(request.id, id, "id");
            same(request.requester, requester, "requester");
            same(request.nftContract, address(clerk.nfts(nft)), "NFT contract");
            yes(keccak256(request.encryptedPayload) == payloadHash, "payload");
            same(request.submittedAt, submittedAt, "time");
            same(uint8(request.status), uint8(status), "status");
            yes((desk.nftContractToRequestId(request.nftContract) == id) == current, "current");
            yes((request.respondedAt == 0) == (status == BrokerRequests.RequestStatus.Pending), "answered or not");
        }
    }

    function invariant_EveryRequestIsListedOnceUnderItsRequester() public view {
        uint256 listed;
        for (uint256 h = 0; h < clerk.HOSTS(); h++) {
            address host = clerk.hosts(h);
            uint256[] memory ids = clerk.idsOf(host);
            for (uint256 i = 0; i < ids.length; i++) {
                same(desk.requesterToRequestIds(host, i), ids[i], "in order");
            }
            try desk.requesterToRequestIds(host, ids.length) {
                revert Untrue("the list ends there");
            } catch {}
            listed += ids.length;
        }
        same(listed, desk.getRequestCount(), "all are listed");
    }

    function invariant_TheBrokerStaysTheOwner() public view {
        same(desk.owner(), address(clerk), "owner");
        same(desk.pendingOwner(), address(0), "nobody is offered it");
    }

    /// @dev Shows that the calls above do something: a clerk that was always refused would prove nothing.
    function test_TheClerkReallyWorks() public {
        clerk.submit(0, 0, 0, "a");
        clerk.submit(0, 1, 1, "b");
        clerk.respond(0, 1);
        clerk.submit(0, 0, 0, "c");
        clerk.release(0, 1, 1);
        clerk.configure(1 hours, 5);
        clerk.expire(2 hours, 0, [uint256(1), 2, 3]);
        clerk.handOver(0, 2);
        clerk.submit(0, 2, 0, "d");
        clerk.respond(0, 4);
        clerk.meddle(0, 4, 7200, "x");
        same(clerk.entryCount(), 4, "requests");
        same(clerk.approvals(), 2, "approvals");
        same(clerk.currentOf(0), 4, "current");
        invariant_TheCountersEqualARecount();
        invariant_EveryRequestIsAsTheBooksSay();
        invariant_EveryRequestIsListedOnceUnderItsRequester();
        invariant_TheBrokerStaysTheOwner();
    }
}
