// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {BrokerRequests} from "../src/BrokerRequests.sol";
import {Desk} from "./Desk.sol";

/// @notice Answers the two questions it is asked with any bytes, or in the worst ways there are.
contract HostileNft {
    enum Way {
        Answer,
        Revert,
        BurnGas,
        RevertWithAMegabyte,
        AnswerAMegabyte
    }

    struct Reply {
        Way way;
        bytes data;
    }

    mapping(bytes4 => Reply) private _replies;

    function set(bytes4 question, Way way, bytes calldata data) external {
        _replies[question] = Reply(way, data);
    }

    fallback() external {
        Reply storage reply = _replies[msg.sig];
        Way way = reply.way;
        bytes memory data = reply.data;
        assembly {
            switch way
            case 0 { return(add(data, 32), mload(data)) }
            case 1 { revert(add(data, 32), mload(data)) }
            case 2 { invalid() }
            case 3 { revert(0, 1000000) }
            default { return(0, 1000000) }
        }
    }
}

/// @notice Says to everybody that it is theirs.
contract FlatteringNft is IERC165 {
    function owner() external view returns (address) {
        return tx.origin;
    }

    function supportsInterface(bytes4) external pure returns (bool) {
        return true;
    }
}

/// @notice Tries to release its own allocation while it is asked who owns it.
contract ReenteringNft is IERC165 {
    BrokerRequests private immutable _desk;

    constructor(BrokerRequests desk) {
        _desk = desk;
    }

    function owner() external returns (address) {
        _desk.releaseAllocation(address(this));
        return tx.origin;
    }

    function supportsInterface(bytes4) external pure returns (bool) {
        return true;
    }
}

contract HostileNftTest is Desk {
    bytes4 private constant OWNER = Ownable.owner.selector;
    bytes4 private constant INTERFACES = IERC165.supportsInterface.selector;
    uint256 private constant PLENTY = 2_000_000;

    HostileNft private hostile;

    function setUp() public override {
        super.setUp();
        hostile = new HostileNft();
        hostile.set(INTERFACES, HostileNft.Way.Answer, abi.encode(true));
        hostile.set(OWNER, HostileNft.Way.Answer, abi.encode(HOST));
    }

    /// @dev With little gas, so that a refusal that needs all of it would show.
    function expectRefused(string memory reason) private {
        vm.prank(HOST);
        vm.expectRevert(text(reason));
        desk.submitRequest{gas: PLENTY}(address(hostile), "x");
    }

    function expectNotErc721(HostileNft.Way way, bytes memory data) private {
        hostile.set(INTERFACES, way, data);
        expectRefused("Not an ERC721 contract");
    }

    function expectNotOwned(HostileNft.Way way, bytes memory data) private {
        hostile.set(OWNER, way, data);
        expectRefused("Sender does not own NFT contract");
        vm.prank(HOST);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, HOST));
        desk.releaseAllocation{gas: PLENTY}(address(hostile));
    }

    function test_OnlyACleanTrueIsAnErc721() public {
        expectNotErc721(HostileNft.Way.Answer, "");
        expectNotErc721(HostileNft.Way.Answer, new bytes(31));
        expectNotErc721(HostileNft.Way.Answer, abi.encode(false));
        expectNotErc721(HostileNft.Way.Answer, abi.encode(2));
        expectNotErc721(HostileNft.Way.Answer, abi.encode(type(uint256).max));
        expectNotErc721(HostileNft.Way.Answer, abi.encode(uint256(1) << 255));
        expectNotErc721(HostileNft.Way.Revert, abi.encode(true));
        expectNotErc721(HostileNft.Way.BurnGas, "");
        expectNotErc721(HostileNft.Way.RevertWithAMegabyte, "");
        expectNotErc721(HostileNft.Way.AnswerAMegabyte, "");
        hostile.set(INTERFACES, HostileNft.Way.Answer, abi.encode(true));
        same(submit(HOST, address(hostile), "x"), 1, "a clean one");
    }

    function test_OnlyExactlyOneCleanWordIsAnOwner() public {
        bytes memory word = abi.encode(HOST);
        bytes memory short = new bytes(31);
        for (uint256 i = 0; i < 31; i++) {
            short[i] = word[i];
        }
        expectNotOwned(HostileNft.Way.Answer, "");
        expectNotOwned(HostileNft.Way.Answer, short);
        expectNotOwned(HostileNft.Way.Answer, abi.encode(HOST, HOST));
        expectNotOwned(HostileNft.Way.Answer, abi.encode(uint256(uint160(HOST)) | (uint256(1) << 160)));
        expectNotOwned(HostileNft.Way.Answer, abi.encode(uint256(uint160(HOST)) | (uint256(1) << 255)));
        expectNotOwned(HostileNft.Way.Answer, abi.encode(OTHER));
        expectNotOwned(HostileNft.Way.Revert, word);
        expectNotOwned(HostileNft.Way.BurnGas, "");
        expectNotOwned(HostileNft.Way.RevertWithAMegabyte, "");
        expectNotOwned(HostileNft.Way.AnswerAMegabyte, "");
    }

    /// @dev What is left of a failed call in memory must not be taken for an answer: no account matches it.
    function testFuzz_AFailedQuestionIsAlwaysANo(bytes calldata data, bool reverts) public {
        vm.assume(reverts || data.length != 32);
        hostile.set(OWNER, reverts ? HostileNft.Way.Revert : HostileNft.Way.Answer, data);
        expectRefused("Sender does not own NFT contract");
    }

    function test_BurningTheInterfaceQueryCostsNoMoreThanItsLimit() public {
        hostile.set(INTERFACES, HostileNft.Way.BurnGas, "");
        uint256 before = gasleft();
        vm.prank(HOST);
        (bool success,) = address(desk).call(abi.encodeCall(desk.submitRequest, (address(hostile), "x")));
        uint256 used = before - gasleft();
        yes(!success, "refused");
        yes(used < 60_000, "gas");
    }

    function test_AContractWithoutCodeIsRefused() public {
        expectSubmitRevert(text("NFT contract does not exist"), HOST, HOST, "x");
        expectSubmitRevert(text("Not an ERC721 contract"), HOST, address(this), "x");
    }

    function test_OfADestroyedContractOnlyTheBrokerReleases() public {
        submit();
        vm.etch(address(nft), "");
        expectSubmitRevert(text("NFT contract does not exist"), HOST, address(nft), "x");
        vm.prank(HOST);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, HOST));
        desk.releaseAllocation(address(nft));
        desk.releaseAllocation(address(nft));
        counts(0, 0, "released");
    }

    function test_AContractTurnedHostileCannotHoldItsAllocation() public {
        submit(HOST, address(hostile), "x");
        desk.submitResponse(1, "x");
        hostile.set(OWNER, HostileNft.Way.BurnGas, "");
        desk.releaseAllocation{gas: 100_000}(address(hostile));
        counts(0, 0, "released");
    }

    function test_AnExpiryDoesNotAskTheContract() public {
        submit(HOST, address(hostile), "x");
        hostile.set(OWNER, HostileNft.Way.BurnGas, "");
        vm.warp(T0 + 2 days);
        desk.markExpired{gas: 100_000}(ids(1));
        counts(0, 0, "expired");
    }

    function test_AContractThatIsEverybodysEndangersOnlyItself() public {
        address flattering = address(new FlatteringNft());
        submit();
        // Whoever sends the transaction is told to own it.
        vm.startPrank(tx.origin);
        desk.submitRequest(flattering, "x");
        vm.expectRevert("Sender does not own NFT contract");
        desk.submitRequest(address(nft), "x");
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, tx.origin));
        desk.releaseAllocation(address(nft));
        desk.releaseAllocation(flattering);
        vm.stopPrank();
        hasStatus(1, BrokerRequests.RequestStatus.Pending, "the honest host's");
        counts(1, 0, "the honest host's");
    }

    function test_AContractIsAskedInAWayThatCannotReenter() public {
        address reentering = address(new ReenteringNft(desk));
        expectSubmitRevert(text("Sender does not own NFT contract"), tx.origin, reentering, "x");
    }

    function test_AThousandFakesFillTheCapacityAndExpiryOrReleaseRestoresIt() public {
        desk.setTotalCapacity(1000);
        uint256[] memory all = new uint256[](999);
        address last;
        for (uint256 i = 0; i < 1000; i++) {
            last = address(uint160(0xFA4E0000 + i));
            vm.etch(last, address(hostile).code);
            HostileNft(last).set(INTERFACES, HostileNft.Way.Answer, abi.encode(true));
            HostileNft(last).set(OWNER, HostileNft.Way.Answer, abi.encode(STRANGER));
            uint256 id = submit(STRANGER, last, "x");
            if (i < 999) all[i] = id;
        }
        same(desk.getAvailableCapacity(), 0, "flooded");
        same(submit(), 1001, "an honest host still gets in line");
        desk.releaseAllocation(last);
        vm.warp(T0 + 1 days + 1);
        desk.markExpired(all);
        same(desk.getAvailableCapacity(), 999, "all but the honest one");
        counts(1, 0, "the honest one");
    }
}
