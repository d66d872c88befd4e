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

    function test_PublicChainsRefuseIt() public {
        uint256[7] memory chains = [uint256(1), 10, 56, 137, 8453, 42161, 43114];
        for (uint256 i = 0; i < chains.length; i++) {
            vm.chainId(chains[i]);
            vm.expectRevert(abi.encodeWithSelector(TestStablecoin.PublicChain.selector, chains[i]));
            new TestStablecoin();
        }
    }
}
