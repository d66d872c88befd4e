// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";

/// @notice A contract that accepts ERC-721 tokens or refuses them with a reason.
contract TestReceiver is IERC721Receiver {
    bool private immutable _accepts;

    constructor(bool accepts) {
        _accepts = accepts;
    }

    function onERC721Received(address, address, uint256, bytes calldata) external view returns (bytes4) {
        require(_accepts, "no tokens, please");
        return IERC721Receiver.onERC721Received.selector;
    }
}

/// @notice A contract that has never heard of ERC-721.
contract TestBystander {}
