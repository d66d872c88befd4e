// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IBlockhostSubscriptions as I} from "../src/interfaces/IBlockhostSubscriptions.sol";
import {TestToken} from "../src/testing/TestToken.sol";
import {Shop} from "./Shop.sol";

/// @notice A token whose numbers and answers are whatever a test wants next.
contract WilfulToken {
    uint8 public decimals = 6;
    mapping(address => uint256) public balanceOf;
    /// @dev What arrives instead of 100 units, and what is taken from the recipient besides.
    uint256 private _arriving = 100;
    uint256 private _vanishing;
    bool private _answer = true;

    function setDecimals(uint8 decimals_) external {
        decimals = decimals_;
    }

    function setBalance(address account, uint256 balance) external {
        balanceOf[account] = balance;
    }

    function deliver(uint256 arriving, uint256 vanishing) external {
        (_arriving, _vanishing) = (arriving, vanishing);
    }

    function setAnswer(bool answer) external {
        _answer = answer;
    }

    function transferFrom(address, address to, uint256 value) external returns (bool) {
        balanceOf[to] = balanceOf[to] + value * _arriving / 100 - _vanishing;
        return _answer;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        if (!_answer) return false;
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value;
        return true;
    }
}

/// @notice Tokens that do not do what a shop expects. Those of `TestToken` are in PaymentMethods.t.sol.
contract HostileTokensTest is Shop {
    function wilful() private returns (WilfulToken token) {
        token = new WilfulToken();
        shop.setPrimaryStablecoin(address(token));
    }

    function mismatch(uint256 received) private pure returns (bytes memory) {
        return abi.encodeWithSelector(I.TransferAmountMismatch.selector, UNITS_PER_DAY, received);
    }

    function paysInFull(uint8 decimals) private {
        TestToken token = newToken(decimals, TestToken.Mode.Standard);
        shop.setPrimaryStablecoin(address(token));
        buy(3);
        same(token.balanceOf(address(shop)), 30 * 10 ** decimals, "30 dollars");
        shop.withdrawFunds(address(token), TREASURY);
        same(token.balanceOf(TREASURY), 30 * 10 ** decimals, "withdrawn");
    }

    function test_ATokenWithoutDecimalsWorks() public {
        paysInFull(0);
    }

    function test_ATokenWith2DecimalsWorks() public {
        paysInFull(2);
    }

    function test_ATokenWith6DecimalsWorks() public {
        paysInFull(6);
    }

    function test_ATokenWith18DecimalsWorks() public {
        paysInFull(18);
    }

    function test_ATokenWith36DecimalsWorks() public {
        paysInFull(36);
    }

    function test_ATokenThatChangesItsDecimalsKeepsThePriceItWasAcceptedAt() public {
        WilfulToken token = wilful();
        buy(1);
        token.setDecimals(0);
        same(shop.calculatePayment(PLAN, 1, STABLE), UNITS_PER_DAY, "quote");
        buy(1);
        same(token.balanceOf(address(shop)), 2 * UNITS_PER_DAY, "paid");
        shop.setPrimaryStablecoin(address(token));
        same(shop.calculatePayment(PLAN, 1, STABLE), 10, "after the owner has accepted it anew");
    }

    function test_ATokenWithHugeBalancesWorksUpToTheLastUnit() public {
        WilfulToken token = wilful();
        token.setBalance(address(shop), type(uint256).max - UNITS_PER_DAY);
        buy(1);
        same(token.balanceOf(address(shop)), type(uint256).max, "all units there can be");
        shop.withdrawFunds(address(token), TREASURY);
        same(token.balanceOf(TREASURY), type(uint256).max, "withdrawn");
    }

    function test_ATokenThatDeliversMoreIsRefused() public {
        wilful().deliver(101, 0);
        expectBuyRevert(mismatch(UNITS_PER_DAY + UNITS_PER_DAY / 100), PLAN, 1, STABLE, "");
    }

    function test_ATokenThatDeliversNothingIsRefused() public {
        wilful().deliver(0, 0);
        expectBuyRevert(mismatch(0), PLAN, 1, STABLE, "");
    }

    function test_ATokenThatTakesFromTheTillIsRefusedWithoutAPanic() public {
        WilfulToken token = wilful();
        token.setBalance(address(shop), 5);
        token.deliver(0, 1);
        expectBuyRevert(mismatch(0), PLAN, 1, STABLE, "");
        same(token.balanceOf(address(shop)), 5, "the till");
    }

    function test_ATokenThatReturnsFalseAfterTakingIsRefused() public {
        WilfulToken token = wilful();
        token.setAnswer(false);
        bytes memory reason = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token));
        expectBuyRevert(reason, PLAN, 1, STABLE, "");
        same(token.balanceOf(address(shop)), 0, "kept nothing");
    }

    function test_AWithdrawalThatReturnsFalseIsRefused() public {
        WilfulToken token = wilful();
        buy(1);
        token.setAnswer(false);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        shop.withdrawFunds(address(token), TREASURY);
    }

    function test_ATokenWithoutCodeIsRefused() public {
        vm.expectRevert();
        shop.setPrimaryStablecoin(address(0xDEAD));
        same(shop.getPrimaryStablecoin(), address(usd), "as before");
    }

    function test_AHostileTokenDoesNotTouchThoseBesideIt() public {
        uint256 id = buy(1);
        WilfulToken token = wilful();
        token.deliver(0, 0);
        expectExtendRevert(mismatch(0), id, 1, STABLE);
        shop.setPrimaryStablecoin(address(usd));
        extend(BUYER, id, 1);
        same(usd.balanceOf(address(shop)), 2 * UNITS_PER_DAY, "dollars");
    }
}
