// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {BrokerRequests} from "../src/BrokerRequests.sol";
import {Desk} from "./Desk.sol";

/// @notice How requests end other than by a newer one: deadlines and releases.
contract RequestExpiryTest is Desk {
    BrokerRequests.RequestStatus private constant PENDING = BrokerRequests.RequestStatus.Pending;
    BrokerRequests.RequestStatus private constant APPROVED = BrokerRequests.RequestStatus.Approved;
    BrokerRequests.RequestStatus private constant EXPIRED = BrokerRequests.RequestStatus.Expired;

    // ---------------------------------------------------------------- deadlines

    function test_ExpiryStartsOneSecondAfterTheDeadline() public {
        submit();
        submit(OTHER, address(otherNft), "x");
        vm.warp(T0 + 1 days);
        markExpired(1);
        hasStatus(1, PENDING, "at the deadline");
        desk.submitResponse(2, "in time");
        vm.warp(T0 + 1 days + 1);
        expectRespondRevert(text("Request expired"), 1, "x");
        vm.expectEmit(address(desk));
        emit BrokerRequests.RequestExpired(1);
        markExpired(1);
        hasStatus(1, EXPIRED, "past the deadline");
        same(desk.getRequest(1).respondedAt, T0 + 1 days + 1, "when");
        same(desk.nftContractToRequestId(address(nft)), 0, "not current any more");
        counts(0, 1, "expired");
        same(submit(), 3, "the host may ask again");
    }

    function test_ABatchSkipsWhatCannotExpire() public {
        submit();
        submit(OTHER, address(otherNft), "x");
        desk.submitResponse(2, "x");
        uint256[] memory list = new uint256[](7);
        (list[1], list[2], list[3], list[4], list[5]) = (1, 1, 2, 3, type(uint256).max);
        vm.warp(T0 + 1 days + 1);
        vm.recordLogs();
        desk.markExpired(list);
        same(vm.getRecordedLogs().length, 1, "one event");
        hasStatus(1, EXPIRED, "the overdue one");
        hasStatus(2, APPROVED, "the answered one");
        counts(0, 1, "after the batch");
        desk.markExpired(new uint256[](0));
    }

    function test_TheTimeToAnswerIsOneHourToSevenDays() public {
        same(desk.requestExpirationTime(), 1 days, "at first");
        vm.expectRevert("Expiration time too short");
        desk.setRequestExpirationTime(1 hours - 1);
        desk.setRequestExpirationTime(1 hours);
        same(desk.requestExpirationTime(), 1 hours, "shortest");
        vm.expectRevert("Expiration time too long");
        desk.setRequestExpirationTime(7 days + 1);
        desk.setRequestExpirationTime(7 days);
        same(desk.requestExpirationTime(), 7 days, "longest");
    }

    function test_AChangedTimeToAnswerAppliesToRequestsAlreadyMade() public {
        submit();
        desk.setRequestExpirationTime(1 hours);
        vm.warp(T0 + 1 hours + 1);
        expectRespondRevert(text("Request expired"), 1, "x");
        desk.setRequestExpirationTime(7 days);
        markExpired(1);
        hasStatus(1, PENDING, "in time again");
        desk.submitResponse(1, "x");
    }

    function testFuzz_ARequestIsEitherAnswerableOrExpires(uint256 window, uint256 elapsed) public {
        window = between(window, 1 hours, 7 days);
        elapsed = between(elapsed, 0, 8 days);
        submit();
        desk.setRequestExpirationTime(window);
        vm.warp(T0 + elapsed);
        if (elapsed > window) {
            expectRespondRevert(text("Request expired"), 1, "x");
            markExpired(1);
            hasStatus(1, EXPIRED, "late");
        } else {
            markExpired(1);
            hasStatus(1, PENDING, "in time");
            desk.submitResponse(1, "x");
        }
    }

    // ---------------------------------------------------------------- release

    function test_BrokerAndNftContractOwnerReleaseAndTheStatusStays() public {
        submit();
        submit(OTHER, address(otherNft), "x");
        desk.submitResponse(2, "x");
        vm.expectEmit(address(desk));
        emit BrokerRequests.AllocationReleased(1, address(nft), HOST);
        release(HOST, address(nft));
        counts(0, 1, "the host's");
        vm.expectEmit(address(desk));
        emit BrokerRequests.AllocationReleased(2, address(otherNft), address(this));
        desk.releaseAllocation(address(otherNft));
        counts(0, 0, "the other's, by the broker");
        hasStatus(1, PENDING, "released while pending");
        hasStatus(2, APPROVED, "released when approved");
        same(desk.nftContractToRequestId(address(otherNft)), 0, "not current");
        vm.expectRevert("No allocation for this NFT contract");
        desk.releaseAllocation(address(nft));
        vm.prank(HOST);
        vm.expectRevert("No allocation for this NFT contract");
        desk.releaseAllocation(address(nft));
    }

    function testFuzz_NobodyElseReleases(address caller) public {
        vm.assume(caller != address(this) && caller != HOST);
        submit();
        bytes memory refusal = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, caller);
        address[3] memory contracts = [address(nft), address(0), address(0xDEAD)];
        for (uint256 i = 0; i < contracts.length; i++) {
            vm.prank(caller);
            vm.expectRevert(refusal);
            desk.releaseAllocation(contracts[i]);
        }
        counts(1, 0, "still there");
    }

    function test_AFormerOwnerReleasesNothing() public {
        submit();
        nft.setOwner(OTHER);
        vm.prank(HOST);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, HOST));
        desk.releaseAllocation(address(nft));
        release(OTHER, address(nft));
    }

    // ---------------------------------------------------------------- orphans: released while pending

    function test_AnOrphanIsNeverApproved() public {
        submit();
        release(HOST, address(nft));
        expectRespondRevert(text("Request superseded"), 1, "x");
        submit();
        expectRespondRevert(text("Request superseded"), 1, "x");
        desk.submitResponse(2, "x");
        expectRespondRevert(text("Request superseded"), 1, "x");
    }

    function test_AnOrphansExpiryLeavesTheNewerRequestAndTheCountersAlone() public {
        submit();
        release(HOST, address(nft));
        vm.warp(T0 + 10);
        submit();
        desk.submitResponse(2, "x");
        submit(OTHER, address(otherNft), "x");
        vm.warp(T0 + 1 days + 5);
        markExpired(1);
        hasStatus(1, EXPIRED, "the orphan");
        same(desk.nftContractToRequestId(address(nft)), 2, "the newer request");
        hasStatus(2, APPROVED, "its status");
        counts(1, 1, "both others");
    }

    function test_ABatchWithAnOrphanDoesNotUnderflow() public {
        submit();
        release(address(this), address(nft));
        vm.warp(T0 + 1 days + 1);
        markExpired(1);
        hasStatus(1, EXPIRED, "the orphan");
        counts(0, 0, "nothing counted");
    }

    function test_AReplacedRequestDoesNotExpireAgain() public {
        submit();
        vm.warp(T0 + 10);
        submit();
        vm.warp(T0 + 2 days);
        vm.recordLogs();
        markExpired(1);
        same(vm.getRecordedLogs().length, 0, "no event");
        same(desk.getRequest(1).respondedAt, T0 + 10, "the first time counts");
        counts(1, 0, "the newer one");
    }
}
