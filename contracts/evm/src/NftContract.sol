// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title What an NFT contract nobody vouches for says about itself
/// @notice Whatever it does, revert, burn its gas, return too little or too much, is taken as a no.
library NftContract {
    /// @dev ERC-165: `supportsInterface` must use less than this.
    uint256 private constant INTERFACE_QUERY_GAS = 30_000;

    /// @notice Whether it answers the ERC-165 query for ERC-721 with a clean `true`.
    function isErc721(address nftContract) internal view returns (bool) {
        bytes memory query = abi.encodeCall(IERC165.supportsInterface, (type(IERC721).interfaceId));
        (uint256 size, uint256 answer) = _ask(nftContract, query, INTERFACE_QUERY_GAS);
        return size >= 32 && answer == 1;
    }

    /// @notice Whether its `owner()` returns exactly one word, and that word is `account`.
    /// @dev Without a limit of gas, because owners may sit behind proxies; the caller chose the contract and pays.
    function isOwnedBy(address nftContract, address account) internal view returns (bool) {
        (uint256 size, uint256 answer) = _ask(nftContract, abi.encodeWithSignature("owner()"), gasleft());
        return size == 32 && answer == uint160(account);
    }

    /// @dev Returns the size of the answer, 0 if the call failed, and its first word. By hand, because Solidity would
    /// copy all of an answer of any length and revert on a malformed one.
    function _ask(address target, bytes memory query, uint256 gasLimit)
        private
        view
        returns (uint256 size, uint256 word)
    {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            if staticcall(gasLimit, target, add(query, 32), mload(query), 0, 32) {
                size := returndatasize()
                word := mload(0)
            }
        }
    }
}
