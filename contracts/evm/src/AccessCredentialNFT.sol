// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Enumerable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Enumerable.sol";

/// @title Access credentials: one token per virtual machine, plus one for the administrator
/// @notice Whoever holds a token may log in to what it stands for. Each token carries one opaque byte string,
/// the connection details encrypted for its holder. A transfer keeps that string: the new holder cannot read
/// it until the host has encrypted it anew.
/// @dev Everything stored here is public for ever, so `userEncrypted` must always be ciphertext.
/// Token ids start at 0, are sequential and never reused.
contract AccessCredentialNFT is ERC721Enumerable, Ownable {
    uint256 private _nextTokenId;
    mapping(uint256 tokenId => bytes) private _userEncrypted;

    /// @notice A token was minted. Consumers take the id from here, never by assuming the next one.
    event CredentialMinted(uint256 indexed tokenId, address indexed recipient);
    /// @notice The connection details of a token were replaced.
    event CredentialUpdated(uint256 indexed tokenId);

    constructor(string memory name_, string memory symbol_) ERC721(name_, symbol_) Ownable(msg.sender) {}

    /// @notice Mints the next token to `to`.
    /// @param to Recipient; a contract must accept it through `onERC721Received`.
    /// @param userEncrypted Connection details encrypted for the recipient; may be empty and set later.
    /// @return tokenId Id of the new token. A mint that reverts uses up no id.
    function mint(address to, bytes calldata userEncrypted) external onlyOwner returns (uint256 tokenId) {
        tokenId = _nextTokenId++;
        // Stored first: a recipient that burns the token inside its hook must not leave the data behind.
        _userEncrypted[tokenId] = userEncrypted;
        _safeMint(to, tokenId);
        emit CredentialMinted(tokenId, to);
    }

    /// @notice Replaces the connection details of a token, for example after it changed hands.
    function updateUserEncrypted(uint256 tokenId, bytes calldata newUserEncrypted) external onlyOwner {
        _requireExisting(tokenId);
        _userEncrypted[tokenId] = newUserEncrypted;
        emit CredentialUpdated(tokenId);
    }

    /// @notice The connection details of a token, as stored.
    function getUserEncrypted(uint256 tokenId) external view returns (bytes memory) {
        _requireExisting(tokenId);
        return _userEncrypted[tokenId];
    }

    /// @notice Destroys a token and its data. For its holder and whom the holder approved; the owner of this
    /// contract has no right of its own.
    function burn(uint256 tokenId) external {
        _update(address(0), tokenId, _msgSender());
        delete _userEncrypted[tokenId];
    }

    function _requireExisting(uint256 tokenId) private view {
        require(_ownerOf(tokenId) != address(0), "Token does not exist");
    }
}
