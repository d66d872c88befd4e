// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {NftContract} from "./NftContract.sol";

/// @title Requests of hosts to one broker, and its answers
/// @notice A host asks in the name of its NFT contract, which it must own; the broker owns this contract and answers.
/// Payloads are encrypted for their reader. Request ids start at 1, are sequential and never reused.
/// @dev Each NFT contract has at most one current request, `nftContractToRequestId`. Invariants: a current request is
/// Pending or Approved; `_pendingCount` and `_activeCount` are the numbers of current requests in these two states.
/// A request that is no longer current can never be approved.
contract BrokerRequests is Ownable2Step {
    using NftContract for address;

    /// @dev Rejected is never written: a broker refuses by silence.
    enum RequestStatus {
        Pending,
        Approved,
        Rejected,
        Expired
    }

    /// @dev The order of the fields is that of the tuples clients decode. Times are Unix seconds; `respondedAt` is 0
    /// until a response, an expiry or an overwrite.
    struct Request {
        uint256 id;
        address requester;
        address nftContract;
        bytes encryptedPayload;
        RequestStatus status;
        bytes responsePayload;
        uint256 submittedAt;
        uint256 respondedAt;
    }

    uint256 private constant MAX_PAYLOAD_BYTES = 4096;

    /// @notice All requests ever made, by index: the request with id `n` is at `n - 1`.
    Request[] public requests;
    // Keys without names, which the ABI would show as names of arguments.
    /// @notice The current request of an NFT contract; 0 = none.
    mapping(address => uint256) public nftContractToRequestId;
    /// @notice The ids of an account's requests, in the order of their submission.
    mapping(address => uint256[]) public requesterToRequestIds;

    /// @notice Seconds within which a request must be answered.
    uint256 public requestExpirationTime = 1 days;
    /// @notice Allocations the broker offers, taken ones included; 0 = unlimited. A hint: it refuses no request.
    uint256 public totalCapacity;
    /// @notice Number of current requests that are Approved.
    uint256 public _activeCount;
    /// @notice Number of current requests that are Pending.
    uint256 public _pendingCount;

    /// @notice A request was made and is its NFT contract's current one.
    event RequestSubmitted(
        uint256 indexed requestId, address indexed requester, address indexed nftContract, bytes encryptedPayload
    );
    /// @notice The broker answered. The status is Approved.
    event ResponseSubmitted(uint256 indexed requestId, RequestStatus status, bytes encryptedPayload);
    /// @notice A request missed its deadline, or a newer one took its place.
    event RequestExpired(uint256 indexed requestId);
    /// @notice An NFT contract gave up its current request, whose allocation the broker must now withdraw.
    event AllocationReleased(uint256 indexed requestId, address indexed nftContract, address indexed releasedBy);

    /// @notice Without an owner nobody could answer.
    error RenounceDisabled();

    constructor() Ownable(msg.sender) {}

    // ---------------------------------------------------------------- hosts

    /// @notice Asks for an allocation in the name of an NFT contract. A request that contract already has expires,
    /// its allocation included. Only for the owner of the NFT contract.
    /// @dev Refusals, in this order: "Invalid NFT contract address", "Empty payload", "Payload too large", "NFT
    /// contract does not exist", "Not an ERC721 contract", "Sender does not own NFT contract".
    /// @param nftContract A deployed ERC-721 whose `owner()` is the caller.
    /// @param encryptedPayload 1 to 4096 bytes for the broker.
    /// @return requestId Id of the new request, which is Pending.
    function submitRequest(address nftContract, bytes calldata encryptedPayload) external returns (uint256 requestId) {
        require(nftContract != address(0), "Invalid NFT contract address");
        require(encryptedPayload.length != 0, "Empty payload");
        require(encryptedPayload.length <= MAX_PAYLOAD_BYTES, "Payload too large");
        require(nftContract.code.length != 0, "NFT contract does not exist");
        require(nftContract.isErc721(), "Not an ERC721 contract");
        require(nftContract.isOwnedBy(msg.sender), "Sender does not own NFT contract");

        uint256 replacedId = nftContractToRequestId[nftContract];
        if (replacedId != 0) {
            _uncount(requests[replacedId - 1].status);
            _expire(replacedId);
        }

        requestId = requests.length + 1;
        Request storage request = requests.push();
        request.id = requestId;
        request.requester = msg.sender;
        request.nftContract = nftContract;
        request.encryptedPayload = encryptedPayload;
        request.submittedAt = block.timestamp;
        nftContractToRequestId[nftContract] = requestId;
        requesterToRequestIds[msg.sender].push(requestId);
        _pendingCount++;
        emit RequestSubmitted(requestId, msg.sender, nftContract, encryptedPayload);
    }

    /// @notice Gives up the current request of an NFT contract, answered or not. Its status stays as it is. For the
    /// owner of the NFT contract and the broker; others get `OwnableUnauthorizedAccount`. Refusal: "No allocation for
    /// this NFT contract".
    /// @dev The broker's right does not depend on the NFT contract, which may be hostile or gone.
    function releaseAllocation(address nftContract) external {
        if (msg.sender != owner() && !nftContract.isOwnedBy(msg.sender)) {
            revert OwnableUnauthorizedAccount(msg.sender);
        }
        uint256 requestId = nftContractToRequestId[nftContract];
        require(requestId != 0, "No allocation for this NFT contract");
        _uncount(requests[requestId - 1].status);
        delete nftContractToRequestId[nftContract];
        emit AllocationReleased(requestId, nftContract, msg.sender);
    }

    // ---------------------------------------------------------------- the broker

    /// @notice Approves a current request. Up to and including the second of its deadline. Only for the owner.
    /// @dev Refusals, in this order: "Invalid request ID", "Request not pending", "Request expired", "Response
    /// requires payload", "Payload too large", "Request superseded".
    /// @param encryptedPayload 1 to 4096 bytes for the host.
    function submitResponse(uint256 requestId, bytes calldata encryptedPayload) external onlyOwner {
        Request storage request = _request(requestId);
        require(request.status == RequestStatus.Pending, "Request not pending");
        require(!_isOverdue(request), "Request expired");
        require(encryptedPayload.length != 0, "Response requires payload");
        require(encryptedPayload.length <= MAX_PAYLOAD_BYTES, "Payload too large");
        require(nftContractToRequestId[request.nftContract] == requestId, "Request superseded");

        request.status = RequestStatus.Approved;
        request.responsePayload = encryptedPayload;
        request.respondedAt = block.timestamp;
        _pendingCount--;
        _activeCount++;
        emit ResponseSubmitted(requestId, RequestStatus.Approved, encryptedPayload);
    }

    /// @notice Changes the time to answer, for requests already made as well. Only for the owner.
    /// @dev Refusals: "Expiration time too short", "Expiration time too long".
    /// @param newExpirationTime One hour to seven days, in seconds.
    function setRequestExpirationTime(uint256 newExpirationTime) external onlyOwner {
        require(newExpirationTime >= 1 hours, "Expiration time too short");
        require(newExpirationTime <= 7 days, "Expiration time too long");
        requestExpirationTime = newExpirationTime;
    }

    /// @notice Changes the capacity on offer. Only for the owner.
    /// @param _totalCapacity Allocations, taken ones included; 0 = unlimited. May be less than what is taken.
    function setTotalCapacity(uint256 _totalCapacity) external onlyOwner {
        totalCapacity = _totalCapacity;
    }

    /// @notice Always refused: without an owner nobody could answer.
    function renounceOwnership() public view override onlyOwner {
        revert RenounceDisabled();
    }

    // ---------------------------------------------------------------- anyone

    /// @notice Expires those of the given requests that are Pending past their deadline, which gives their capacity
    /// back. Unknown, repeated and other ids are skipped. For anyone; each id costs the caller gas.
    function markExpired(uint256[] calldata requestIds) external {
        for (uint256 i = 0; i < requestIds.length; i++) {
            uint256 requestId = requestIds[i];
            if (!_exists(requestId)) continue;
            Request storage request = requests[requestId - 1];
            if (request.status != RequestStatus.Pending || !_isOverdue(request)) continue;
            // One that was released counts nowhere, and its NFT contract may have a newer one.
            if (nftContractToRequestId[request.nftContract] == requestId) {
                _pendingCount--;
                delete nftContractToRequestId[request.nftContract];
            }
            _expire(requestId);
        }
    }

    /// @notice Allocations still free, those of unanswered requests not included: 0 when more are taken than offered,
    /// 2^256 - 1 when unlimited.
    function getAvailableCapacity() external view returns (uint256) {
        if (totalCapacity == 0) return type(uint256).max;
        return Math.saturatingSub(totalCapacity, _activeCount + _pendingCount);
    }

    /// @notice One request by its id, 1 to `getRequestCount()`. Refusal: "Invalid request ID".
    function getRequest(uint256 requestId) external view returns (Request memory) {
        return _request(requestId);
    }

    /// @notice How many requests were ever made; the highest id.
    function getRequestCount() external view returns (uint256) {
        return requests.length;
    }

    // ---------------------------------------------------------------- bookkeeping

    /// @dev Takes a current request off its counter.
    function _uncount(RequestStatus status) private {
        if (status == RequestStatus.Pending) _pendingCount--;
        else _activeCount--;
    }

    function _expire(uint256 requestId) private {
        Request storage request = requests[requestId - 1];
        request.status = RequestStatus.Expired;
        request.respondedAt = block.timestamp;
        emit RequestExpired(requestId);
    }

    function _isOverdue(Request storage request) private view returns (bool) {
        return block.timestamp > request.submittedAt + requestExpirationTime;
    }

    function _exists(uint256 requestId) private view returns (bool) {
        return requestId != 0 && requestId <= requests.length;
    }

    function _request(uint256 requestId) private view returns (Request storage) {
        require(_exists(requestId), "Invalid request ID");
        return requests[requestId - 1];
    }
}
