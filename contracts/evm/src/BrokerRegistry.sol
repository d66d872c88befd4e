// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// @title The list of IPv6 brokers, curated by its owner
/// @notice Hosts read it to find a broker; each broker's operator keeps its own entry up to date. Broker ids start at
/// 1, are sequential and never reused: an entry is deactivated or removed, never deleted.
/// @dev An operator has at most one current entry and a requests contract at most one broker. Invariant: the entry
/// `operatorToBrokerId` points to has that operator, and its requests contract points back to it.
contract BrokerRegistry is Ownable2Step {
    /// @dev The order of the fields is that of the tuples clients decode. `capacity` and `currentLoad` count
    /// allocations and are the operator's word; a capacity of 0 means unlimited. `registeredAt` is in Unix seconds.
    // solhint-disable-next-line gas-struct-packing
    struct Broker {
        address operator;
        address requestsContract;
        bytes encryptionPubkey;
        string region;
        bool active;
        uint256 capacity;
        uint256 currentLoad;
        uint256 registeredAt;
    }

    uint256 private constant PUBKEY_BYTES = 65;
    /// @dev SEC 1, section 2.3.3: the first byte of an uncompressed point.
    bytes1 private constant UNCOMPRESSED = 0x04;

    /// @notice All entries ever made, by index: the broker with id `n` is at `n - 1`.
    Broker[] public brokers;
    // Keys without names, which the ABI would show as names of arguments.
    /// @notice The current broker id of an operator; 0 = none.
    mapping(address => uint256) public operatorToBrokerId;
    /// @notice The broker id a requests contract belongs to; 0 = none.
    mapping(address => uint256) public requestsContractToBrokerId;

    /// @notice An entry was appended, active and without load.
    event BrokerRegistered(
        uint256 indexed brokerId, address indexed operator, address requestsContract, string region
    );
    /// @notice Key, region or capacity of an entry changed.
    event BrokerUpdated(uint256 indexed brokerId, address indexed operator);
    /// @notice An entry is inactive: by its operator, replaced by a new registration, or removed, in which case
    /// `operator` is the owner of the registry.
    event BrokerDeactivated(uint256 indexed brokerId, address indexed operator);
    /// @notice The operator's entry is active again.
    event BrokerActivated(uint256 indexed brokerId, address indexed operator);
    /// @notice The operator reported a new load.
    event BrokerLoadUpdated(uint256 indexed brokerId, uint256 currentLoad);

    /// @notice The registry cannot be left without an owner.
    error RenounceDisabled();

    constructor() Ownable(msg.sender) {}

    // ---------------------------------------------------------------- curating, by the owner

    /// @notice Adds a broker. An operator that already has one gets a new entry and the old one is deactivated, its
    /// requests contract being free from then on. Only for the owner.
    /// @dev Refusals, in this order: "Invalid operator address", "Invalid requests contract", "Pubkey must be 65 bytes
    /// (uncompressed secp256k1)", "Region cannot be empty", "Requests contract already registered".
    /// @param operator Account that keeps the entry up to date.
    /// @param requestsContract The broker's BrokerRequests. That it is one is for the owner to check.
    /// @param encryptionPubkey Uncompressed secp256k1 key, 65 bytes starting with 04, to which hosts encrypt.
    /// @param region Where the broker is, in words of its own.
    /// @param capacity Allocations offered; 0 = unlimited.
    /// @return brokerId Id of the new entry.
    function registerBroker(
        address operator,
        address requestsContract,
        bytes calldata encryptionPubkey,
        string calldata region,
        uint256 capacity
    ) external onlyOwner returns (uint256 brokerId) {
        require(operator != address(0), "Invalid operator address");
        require(requestsContract != address(0), "Invalid requests contract");
        require(_isUncompressedKey(encryptionPubkey), "Pubkey must be 65 bytes (uncompressed secp256k1)");
        require(bytes(region).length != 0, "Region cannot be empty");
        require(requestsContractToBrokerId[requestsContract] == 0, "Requests contract already registered");

        uint256 replacedId = operatorToBrokerId[operator];
        if (replacedId != 0) {
            Broker storage replaced = brokers[replacedId - 1];
            replaced.active = false;
            delete requestsContractToBrokerId[replaced.requestsContract];
            emit BrokerDeactivated(replacedId, operator);
        }

        brokers.push(
            Broker(operator, requestsContract, encryptionPubkey, region, true, capacity, 0, block.timestamp)
        );
        brokerId = brokers.length;
        operatorToBrokerId[operator] = brokerId;
        requestsContractToBrokerId[requestsContract] = brokerId;
        emit BrokerRegistered(brokerId, operator, requestsContract, region);
    }

    /// @notice Takes an entry out of service for good and leaves it without an operator; removing it again changes
    /// nothing. Only for the owner. Refusal: "Invalid broker ID".
    /// @dev What meanwhile points to another entry stays: a replaced entry does not take its operator's current one
    /// along, nor a removed one a requests contract that was registered again.
    function removeBroker(uint256 brokerId) external onlyOwner {
        Broker storage broker = _broker(brokerId);
        if (operatorToBrokerId[broker.operator] == brokerId) delete operatorToBrokerId[broker.operator];
        if (requestsContractToBrokerId[broker.requestsContract] == brokerId) {
            delete requestsContractToBrokerId[broker.requestsContract];
        }
        broker.active = false;
        broker.operator = address(0);
        emit BrokerDeactivated(brokerId, msg.sender);
    }

    /// @notice Always refused: without an owner nobody could ever correct the list.
    function renounceOwnership() public view override onlyOwner {
        revert RenounceDisabled();
    }

    // ---------------------------------------------------------------- the operator's own entry

    /// @notice Replaces the key of the caller's current entry. Refusals: "Not a registered operator", "Pubkey must be
    /// 65 bytes".
    /// @param encryptionPubkey Uncompressed secp256k1 key, 65 bytes starting with 04.
    function updateEncryptionPubkey(bytes calldata encryptionPubkey) external {
        (uint256 brokerId, Broker storage broker) = _ownEntry();
        require(_isUncompressedKey(encryptionPubkey), "Pubkey must be 65 bytes");
        broker.encryptionPubkey = encryptionPubkey;
        emit BrokerUpdated(brokerId, msg.sender);
    }

    /// @notice Replaces the region of the caller's current entry. Refusals: "Not a registered operator", "Region
    /// cannot be empty".
    function updateRegion(string calldata region) external {
        (uint256 brokerId, Broker storage broker) = _ownEntry();
        require(bytes(region).length != 0, "Region cannot be empty");
        broker.region = region;
        emit BrokerUpdated(brokerId, msg.sender);
    }

    /// @notice Replaces the capacity of the caller's current entry. Refusal: "Not a registered operator".
    /// @param capacity Allocations offered; 0 = unlimited. May be less than the current load.
    function updateCapacity(uint256 capacity) external {
        (uint256 brokerId, Broker storage broker) = _ownEntry();
        broker.capacity = capacity;
        emit BrokerUpdated(brokerId, msg.sender);
    }

    /// @notice Reports the load of the caller's current entry. Refusals: "Not a registered operator", "Load exceeds
    /// capacity".
    /// @param currentLoad Allocations in use.
    function updateLoad(uint256 currentLoad) external {
        (uint256 brokerId, Broker storage broker) = _ownEntry();
        require(broker.capacity == 0 || currentLoad <= broker.capacity, "Load exceeds capacity");
        broker.currentLoad = currentLoad;
        emit BrokerLoadUpdated(brokerId, currentLoad);
    }

    /// @notice Asks hosts to skip the caller's current entry. May be repeated. Refusal: "Not a registered operator".
    function deactivate() external {
        (uint256 brokerId, Broker storage broker) = _ownEntry();
        broker.active = false;
        emit BrokerDeactivated(brokerId, msg.sender);
    }

    /// @notice Offers the caller's current entry again. May be repeated. Refusal: "Not a registered operator".
    function activate() external {
        (uint256 brokerId, Broker storage broker) = _ownEntry();
        broker.active = true;
        emit BrokerActivated(brokerId, msg.sender);
    }

    // ---------------------------------------------------------------- reading

    /// @notice One entry by its id, 1 to `getBrokerCount()`. Refusal: "Invalid broker ID".
    function getBroker(uint256 brokerId) external view returns (Broker memory) {
        return _broker(brokerId);
    }

    /// @notice How many entries were ever made, inactive and removed ones included; the highest id.
    function getBrokerCount() external view returns (uint256) {
        return brokers.length;
    }

    /// @notice Whether an account has a current entry, active or not.
    function isOperator(address operator) external view returns (bool) {
        return operatorToBrokerId[operator] != 0;
    }

    // ---------------------------------------------------------------- lookups

    function _broker(uint256 brokerId) private view returns (Broker storage) {
        require(brokerId != 0 && brokerId <= brokers.length, "Invalid broker ID");
        return brokers[brokerId - 1];
    }

    function _ownEntry() private view returns (uint256 brokerId, Broker storage broker) {
        brokerId = operatorToBrokerId[msg.sender];
        require(brokerId != 0, "Not a registered operator");
        broker = brokers[brokerId - 1];
    }

    function _isUncompressedKey(bytes calldata key) private pure returns (bool) {
        return key.length == PUBKEY_BYTES && key[0] == UNCOMPRESSED;
    }
}
