// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {AccessCredentialNFT} from "../src/AccessCredentialNFT.sol";
import {BrokerRequests} from "../src/BrokerRequests.sol";
import {TestNft} from "../src/testing/TestNft.sol";
import {Desk} from "./Desk.sol";

contract BrokerRequestsTest is Desk {
    BrokerRequests.RequestStatus private constant PENDING = BrokerRequests.RequestStatus.Pending;
    BrokerRequests.RequestStatus private constant APPROVED = BrokerRequests.RequestStatus.Approved;
    BrokerRequests.RequestStatus private constant EXPIRED = BrokerRequests.RequestStatus.Expired;

    // ---------------------------------------------------------------- submitting

    /// @dev Everything is wrong at first; each step puts right what was refused.
    function test_ChecksOfARequestRunInTheSpecifiedOrder() public {
        bytes memory tooLong = new bytes(4097);
        address nothing = address(0xDEAD);
        address notNft = address(new TestNft(HOST, false, false));
        expectSubmitRevert(text("Invalid NFT contract address"), STRANGER, address(0), "");
        expectSubmitRevert(text("Empty payload"), STRANGER, nothing, "");
        expectSubmitRevert(text("Payload too large"), STRANGER, nothing, tooLong);
        expectSubmitRevert(text("NFT contract does not exist"), STRANGER, nothing, "x");
        expectSubmitRevert(text("Not an ERC721 contract"), STRANGER, notNft, "x");
        expectSubmitRevert(text("Sender does not own NFT contract"), STRANGER, address(nft), "x");
        same(submit(), 1, "a refusal uses up no id");
    }

    function test_ARequestIsStoredAnnouncedAndCurrent() public {
        vm.expectEmit(address(desk));
        emit BrokerRequests.RequestSubmitted(1, HOST, address(nft), "request");
        same(submit(), 1, "the first id");
        BrokerRequests.Request memory request = desk.getRequest(1);
        same(request.id, 1, "id");
        same(request.requester, HOST, "requester");
        same(request.nftContract, address(nft), "NFT contract");
        same(request.encryptedPayload, "request", "payload");
        same(uint8(request.status), uint8(PENDING), "status");
        same(request.responsePayload, "", "no response yet");
        same(request.submittedAt, T0, "time");
        same(request.respondedAt, 0, "not answered yet");
        same(desk.nftContractToRequestId(address(nft)), 1, "current");
        same(desk.requesterToRequestIds(HOST, 0), 1, "listed under its requester");
        counts(1, 0, "one request");
    }

    function test_PayloadsHaveOneTo4096Bytes() public {
        bytes memory longest = new bytes(4096);
        longest[4095] = 0x01;
        same(submit(HOST, address(nft), longest), 1, "longest request");
        desk.submitResponse(1, longest);
        same(desk.getRequest(1).encryptedPayload, longest, "request");
        same(desk.getRequest(1).responsePayload, longest, "response");
        submit(HOST, address(nft), "x");
        expectRespondRevert(text("Payload too large"), 2, new bytes(4097));
        desk.submitResponse(2, "x");
    }

    function test_TheProjectsOwnCredentialsContractMayAsk() public {
        AccessCredentialNFT credentials = new AccessCredentialNFT("BlockHost Access", "BHAC");
        submit(address(this), address(credentials), "x");
        credentials.transferOwnership(HOST);
        expectSubmitRevert(text("Sender does not own NFT contract"), address(this), address(credentials), "x");
        submit(HOST, address(credentials), "x");
        hasStatus(1, EXPIRED, "the new owner took over");
    }

    // ---------------------------------------------------------------- overwriting

    function test_ANewRequestReplacesAPendingOne() public {
        submit();
        vm.warp(T0 + 30);
        vm.expectEmit(address(desk));
        emit BrokerRequests.RequestExpired(1);
        vm.expectEmit(address(desk));
        emit BrokerRequests.RequestSubmitted(2, HOST, address(nft), "request");
        submit();
        hasStatus(1, EXPIRED, "the old one");
        same(desk.getRequest(1).respondedAt, T0 + 30, "when");
        same(desk.nftContractToRequestId(address(nft)), 2, "current");
        counts(1, 0, "replaced");
        expectRespondRevert(text("Request not pending"), 1, "x");
    }

    function test_ANewRequestReplacesAnApprovedOne() public {
        submit();
        desk.submitResponse(1, "response");
        submit();
        hasStatus(1, EXPIRED, "the old one");
        same(desk.getRequest(1).responsePayload, "response", "the response stays readable");
        counts(1, 0, "replaced");
    }

    function test_OnlyTheNftContractsOwnerTouchesItsRequest() public {
        submit();
        TestNft lookAlike = new TestNft(OTHER, true, false);
        submit(OTHER, address(lookAlike), "x");
        expectSubmitRevert(text("Sender does not own NFT contract"), OTHER, address(nft), "x");
        nft.setOwner(OTHER);
        expectSubmitRevert(text("Sender does not own NFT contract"), HOST, address(nft), "x");
        hasStatus(1, PENDING, "untouched");
        submit(OTHER, address(nft), "x");
        hasStatus(1, EXPIRED, "the new owner took over");
        same(desk.getRequest(1).requester, HOST, "who had asked stays known");
    }

    // ---------------------------------------------------------------- answering

    function test_ChecksOfAResponseRunInTheSpecifiedOrder() public {
        submit();
        release(HOST, address(nft));
        bytes memory tooLong = new bytes(4097);
        vm.prank(HOST);
        expectRespondRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, HOST), 0, "");
        expectRespondRevert(text("Invalid request ID"), 0, "");
        expectRespondRevert(text("Invalid request ID"), 2, "");
        vm.warp(T0 + 1 days + 1);
        expectRespondRevert(text("Request expired"), 1, "");
        vm.warp(T0 + 1 days);
        expectRespondRevert(text("Response requires payload"), 1, "");
        expectRespondRevert(text("Payload too large"), 1, tooLong);
        expectRespondRevert(text("Request superseded"), 1, "x");
        vm.warp(T0 + 1 days + 1);
        markExpired(1);
        expectRespondRevert(text("Request not pending"), 1, "");
    }

    function test_AResponseApprovesOnceAndNoOther() public {
        submit();
        submit(OTHER, address(otherNft), "x");
        vm.warp(T0 + 60);
        vm.expectEmit(address(desk));
        emit BrokerRequests.ResponseSubmitted(1, APPROVED, "response");
        desk.submitResponse(1, "response");
        hasStatus(1, APPROVED, "answered");
        same(desk.getRequest(1).responsePayload, "response", "response");
        same(desk.getRequest(1).respondedAt, T0 + 60, "when");
        hasStatus(2, PENDING, "the other host's");
        counts(1, 1, "one answered");
        expectRespondRevert(text("Request not pending"), 1, "another");
    }

    // ---------------------------------------------------------------- capacity

    function test_CapacityIsNeverNegativeAndRefusesNothing() public {
        same(desk.getAvailableCapacity(), type(uint256).max, "unlimited");
        desk.setTotalCapacity(2);
        submit();
        same(desk.getAvailableCapacity(), 1, "a pending request counts");
        desk.submitResponse(1, "x");
        same(desk.getAvailableCapacity(), 1, "an approved one as well");
        submit(OTHER, address(otherNft), "x");
        same(desk.getAvailableCapacity(), 0, "full");
        desk.setTotalCapacity(1);
        same(desk.getAvailableCapacity(), 0, "over-used");
        submit(HOST, address(new TestNft(HOST, true, false)), "x");
        counts(2, 1, "advisory only");
        desk.setTotalCapacity(type(uint256).max);
        same(desk.getAvailableCapacity(), type(uint256).max - 3, "huge");
        desk.setTotalCapacity(0);
        same(desk.getAvailableCapacity(), type(uint256).max, "unlimited again");
    }

    // ---------------------------------------------------------------- reading and owning

    function test_TheRawListCountsFromZeroAndIdsFromOne() public {
        submit();
        submit();
        (uint256 first,,,,,,,) = desk.requests(0);
        (uint256 second,,,,,,,) = desk.requests(1);
        yes(first == 1 && second == 2, "index n is id n + 1");
        vm.expectRevert();
        desk.requests(2);
        vm.expectRevert("Invalid request ID");
        desk.getRequest(0);
        vm.expectRevert("Invalid request ID");
        desk.getRequest(3);
    }

    /// @dev The 64 bits are those that a response names its request in.
    function test_IdsGrowByOneWhicheverRequestsEndAndSoFit64Bits() public {
        for (uint256 id = 1; id <= 6; id += 2) {
            same(submit(), id, "replacing");
            same(submit(OTHER, address(otherNft), "x"), id + 1, "after a release");
            release(OTHER, address(otherNft));
        }
        same(desk.getRequestCount(), 6, "count");
        yes(desk.getRequestCount() <= type(uint64).max, "64 bits");
    }

    function testFuzz_OnlyTheBrokerAnswersAndSets(address stranger, uint256 value) public {
        vm.assume(stranger != address(this) && stranger != address(0)); // zero sends nothing
        submit();
        vm.startPrank(stranger);
        bytes memory refusal = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger);
        vm.expectRevert(refusal);
        desk.submitResponse(1, "x");
        vm.expectRevert(refusal);
        desk.setRequestExpirationTime(value);
        vm.expectRevert(refusal);
        desk.setTotalCapacity(value);
        vm.expectRevert(refusal);
        desk.transferOwnership(stranger);
        vm.expectRevert(refusal);
        desk.acceptOwnership();
        vm.expectRevert(refusal);
        desk.renounceOwnership();
    }

    function test_OwnershipMovesInTwoStepsAndCannotBeRenounced() public {
        submit();
        desk.transferOwnership(OTHER);
        desk.setTotalCapacity(1);
        vm.expectRevert(BrokerRequests.RenounceDisabled.selector);
        desk.renounceOwnership();
        vm.startPrank(OTHER);
        desk.acceptOwnership();
        desk.submitResponse(1, "x");
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        desk.setTotalCapacity(2);
    }

    function test_EtherIsRefused() public {
        vm.deal(address(this), 1);
        (bool success,) = address(desk).call{value: 1}("");
        yes(!success, "took ether");
    }
}
