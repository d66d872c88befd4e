// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice An ERC-20 that behaves as well or as badly as it is told to.
contract TestToken {
    enum Mode {
        Standard,
        NoReturnValue,
        TransferFromReturnsFalse,
        OnePercentFee,
        Reenters,
        Reverts
    }

    uint8 public immutable decimals;
    Mode public immutable mode;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    address private _callbackTarget;
    bytes private _callback;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    error InsufficientBalance();
    error InsufficientAllowance();
    error TransfersPaused();

    constructor(uint8 decimals_, Mode mode_) {
        decimals = decimals_;
        mode = mode_;
    }

    function mint(address to, uint256 value) external {
        totalSupply += value;
        balanceOf[to] += value;
        emit Transfer(address(0), to, value);
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return _result();
    }

    /// @notice What a re-entering token calls before it moves the balances of a `transferFrom`.
    function setCallback(address target, bytes calldata data) external {
        _callbackTarget = target;
        _callback = data;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        _transfer(msg.sender, to, value);
        return _result();
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        if (mode == Mode.TransferFromReturnsFalse) return false;
        if (mode == Mode.Reenters) _callBack();
        uint256 allowed = allowance[from][msg.sender];
        if (allowed < value) revert InsufficientAllowance();
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - value;
        _transfer(from, to, value);
        return _result();
    }

    function _transfer(address from, address to, uint256 value) private {
        if (mode == Mode.Reverts) revert TransfersPaused();
        if (balanceOf[from] < value) revert InsufficientBalance();
        uint256 fee = mode == Mode.OnePercentFee ? value / 100 : 0;
        balanceOf[from] -= value;
        balanceOf[to] += value - fee;
        totalSupply -= fee;
        emit Transfer(from, to, value - fee);
    }

    function _callBack() private {
        (bool success, bytes memory result) = _callbackTarget.call(_callback);
        if (success) return;
        assembly ("memory-safe") {
            revert(add(result, 32), mload(result))
        }
    }

    function _result() private view returns (bool) {
        if (mode == Mode.NoReturnValue) {
            assembly {
                return(0, 0)
            }
        }
        return true;
    }
}
