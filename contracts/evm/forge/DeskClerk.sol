// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BrokerRequests} from "../src/BrokerRequests.sol";
import {TestNft} from "../src/testing/TestNft.sol";
import {Cheats} from "./Cheats.sol";

/// @notice Owns a broker's desk in front of a few hosts, does one random thing per call and keeps its own books.
/// @dev Whether a call may succeed is decided here by the books alone and compared with what happens; what must hold
/// at all times is in RequestInvariants.t.sol.
contract DeskClerk is Cheats {
    uint256 public constant NFTS = 4;
    uint256 public constant HOSTS = 3;

    struct Entry {
        address requester;
        uint256 nft;
        bytes32 payloadHash;
        uint256 submittedAt;
        BrokerRequests.RequestStatus status;
        bool current;
    }

    BrokerRequests public immutable desk = new BrokerRequests();
    address[HOSTS] public hosts = [address(0xA1), address(0xA2), address(0xA3)];
    TestNft[NFTS] public nfts;
    Entry[] public entries;
    mapping(address => uint256[]) private _idsOf;
    uint256 private _now = 1_700_000_000;
    uint256 private _window = 1 days;
    uint256 public approvals;

    constructor() {
        vm.warp(_now);
        for (uint256 i = 0; i < NFTS; i++) {
            nfts[i] = new TestNft(hosts[i % HOSTS], true, false);
        }
    }

    modifier later(uint256 seconds_) {
        _now += between(seconds_, 0, 6 hours);
        vm.warp(_now);
        _;
    }

    function submit(uint256 seconds_, uint256 who, uint256 which, bytes calldata payload) external later(seconds_) {
        (address host, uint256 nft) = (hosts[who % HOSTS], which % NFTS);
        bool allowed = nfts[nft].owner() == host && payload.length > 0 && payload.length <= 4096;
        vm.prank(host);
        (bool done, bytes memory result) =
            address(desk).call(abi.encodeCall(desk.submitRequest, (address(nfts[nft]), payload)));
        yes(done == allowed, "submit");
        if (!done) return;

        uint256 replaced = currentOf(nft);
        if (replaced != 0) _leave(replaced, BrokerRequests.RequestStatus.Expired);
        entries.push(Entry(host, nft, keccak256(payload), _now, BrokerRequests.RequestStatus.Pending, true));
        _idsOf[host].push(entries.length);
        same(abi.decode(result, (uint256)), entries.length, "ids are sequential");
    }

    function respond(uint256 seconds_, uint256 which) external later(seconds_) {
        uint256 id = between(which, 0, entries.length + 1);
        bool allowed = _isPending(id) && !_isOverdue(id) && entries[id - 1].current;
        (bool done,) = address(desk).call(abi.encodeCall(desk.submitResponse, (id, "response")));
        yes(done == allowed, "respond");
        if (!done) return;
        entries[id - 1].status = BrokerRequests.RequestStatus.Approved;
        approvals++;
    }

    /// @dev Ids may repeat, and one is unknown now and then.
    function expire(uint256 seconds_, uint256 who, uint256[3] calldata which) external later(seconds_) {
        uint256[] memory ids = new uint256[](which.length);
        for (uint256 i = 0; i < ids.length; i++) {
            ids[i] = between(which[i], 0, entries.length + 1);
        }
        vm.prank(hosts[who % HOSTS]);
        desk.markExpired(ids);
        for (uint256 i = 0; i < ids.length; i++) {
            if (_isPending(ids[i]) && _isOverdue(ids[i])) _leave(ids[i], BrokerRequests.RequestStatus.Expired);
        }
    }

    /// @param who A host, or the broker.
    function release(uint256 seconds_, uint256 who, uint256 which) external later(seconds_) {
        uint256 nft = which % NFTS;
        uint256 index = who % (HOSTS + 1);
        address caller = index == HOSTS ? address(this) : hosts[index];
        uint256 id = currentOf(nft);
        bool allowed = id != 0 && (caller == address(this) || caller == nfts[nft].owner());
        vm.prank(caller);
        (bool done,) = address(desk).call(abi.encodeCall(desk.releaseAllocation, (address(nfts[nft]))));
        yes(done == allowed, "release");
        if (done) _leave(id, entries[id - 1].status);
    }

    function handOver(uint256 which, uint256 who) external {
        nfts[which % NFTS].setOwner(hosts[who % HOSTS]);
    }

    function configure(uint256 window, uint256 capacity) external {
        _window = between(window, 1 hours, 7 days);
        desk.setRequestExpirationTime(_window);
        desk.setTotalCapacity(capacity % 8);
    }

    /// @dev A host that tries what only the broker may.
    function meddle(uint256 who, uint256 id, uint256 value, bytes calldata payload) external {
        address host = hosts[who % HOSTS];
        bytes[6] memory calls = [
            abi.encodeCall(desk.submitResponse, (id, payload)),
            abi.encodeCall(desk.setRequestExpirationTime, (value)),
            abi.encodeCall(desk.setTotalCapacity, (value)),
            abi.encodeCall(desk.transferOwnership, (host)),
            abi.encodeCall(desk.acceptOwnership, ()),
            abi.encodeCall(desk.renounceOwnership, ())
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            vm.prank(host);
            (bool done,) = address(desk).call(calls[i]);
            yes(!done, "not the host's to do");
        }
    }

    function entryCount() external view returns (uint256) {
        return entries.length;
    }

    function idsOf(address host) external view returns (uint256[] memory) {
        return _idsOf[host];
    }

    function currentOf(uint256 nft) public view returns (uint256) {
        for (uint256 i = entries.length; i > 0; i--) {
            if (entries[i - 1].nft == nft && entries[i - 1].current) return i;
        }
        return 0;
    }

    function _isPending(uint256 id) private view returns (bool) {
        if (id == 0 || id > entries.length) return false;
        return entries[id - 1].status == BrokerRequests.RequestStatus.Pending;
    }

    function _isOverdue(uint256 id) private view returns (bool) {
        return _now - entries[id - 1].submittedAt > _window;
    }

    function _leave(uint256 id, BrokerRequests.RequestStatus status) private {
        entries[id - 1].current = false;
        entries[id - 1].status = status;
    }
}
