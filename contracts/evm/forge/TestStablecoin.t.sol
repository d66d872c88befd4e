// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestStablecoin} from "../src/dev/TestStablecoin.sol";
import {Cheats} from "./Cheats.sol";

contract TestStablecoinTest is Cheats {
    function test_AnyoneMintsSixDecimalDollarsOnADevelopmentChain() public {
        TestStablecoin coin = new TestStablecoin();
        same(coin.decimals(), 6, "decimals");
        vm.prank(address(0xB0B));
        coin.mint(address(0xA11CE), 5e6);
        same(coin.balanceOf(address(0xA11CE)), 5e6, "balance");
    }

    function deploy() external {
        new TestStablecoin();
    }

    function test_PublicChainsRefuseIt() public {
        uint256[22] memory chains = [
            uint256(1), 10, 25, 56, 100, 130, 137, 146, 250, 324, 1101,
            5000, 8453, 34443, 42161, 42170, 42220, 43114, 59144, 80094, 81457, 534352
        ];
        for (uint256 i = 0; i < chains.length; i++) {
            vm.chainId(chains[i]);
            (bool success, bytes memory reason) = address(this).call(abi.encodeCall(this.deploy, ()));
            yes(!success, "deployed");
            same(reason, abi.encodeWithSelector(TestStablecoin.PublicChain.selector, chains[i]), "reason");
        }
    }
}
