// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @notice What BrokerRequests asks of an NFT contract, answered as told. It has no tokens.
contract TestNft is IERC165 {
    address public owner;
    bool private immutable _isErc721;
    bool private immutable _reverts;

    constructor(address owner_, bool isErc721, bool reverts) {
        (owner, _isErc721, _reverts) = (owner_, isErc721, reverts);
    }

    function setOwner(address newOwner) external {
        owner = newOwner;
    }

    function supportsInterface(bytes4 interfaceId) external view returns (bool) {
        require(!_reverts, "ask somebody else");
        return interfaceId == type(IERC165).interfaceId || (_isErc721 && interfaceId == type(IERC721).interfaceId);
    }
}

/// @notice An ERC-721, by its own word, that nobody owns.
contract TestNftWithoutOwner is IERC165 {
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IERC721).interfaceId;
    }
}
