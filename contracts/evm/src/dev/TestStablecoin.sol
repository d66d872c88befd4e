// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A dollar for development chains
/// @notice ERC-20 with six decimals that anyone may mint. Worthless by design.
contract TestStablecoin is ERC20 {
    /// @notice Refuses to be deployed where somebody could mistake it for money.
    error PublicChain(uint256 chainId);

    constructor() ERC20("Test US Dollar", "TUSD") {
        if (_isPublicChain(block.chainid)) revert PublicChain(block.chainid);
    }

    /// @notice The faucet: creates `amount` base units (10^-6 dollars) for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Six, as the larger dollars have.
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    /// @dev Main networks of the larger EVM chains, by chain id (EIP-155).
    function _isPublicChain(uint256 id) private pure returns (bool) {
        return id == 1 // Ethereum
            || id == 10 // OP Mainnet
            || id == 25 // Cronos
            || id == 56 // BNB Smart Chain
            || id == 100 // Gnosis
            || id == 130 // Unichain
            || id == 137 // Polygon
            || id == 146 // Sonic
            || id == 250 // Fantom
            || id == 324 // ZKsync Era
            || id == 1101 // Polygon zkEVM
            || id == 5000 // Mantle
            || id == 8453 // Base
            || id == 34443 // Mode
            || id == 42161 // Arbitrum One
            || id == 42170 // Arbitrum Nova
            || id == 42220 // Celo
            || id == 43114 // Avalanche C-Chain
            || id == 59144 // Linea
            || id == 80094 // Berachain
            || id == 81457 // Blast
            || id == 534352; // Scroll
    }
}
