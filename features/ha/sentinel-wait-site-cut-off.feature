@ha @sentinel
Feature: The master's site is cut off, and each write waits for the replica
  With WAIT, an order is acknowledged once the replica has it. Its manual does not call
  that a guarantee, but a master that is cut off acknowledges nothing.

  Background:
    Given the platform "sentinel" in its "wait" variant
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.0.0" is live on both sites

  Scenario: Paris is cut off from the other sites for twenty seconds
    When the primary site is cut off from the other sites for 20 seconds
    And the load continues for 40 seconds
    Then function "Orders" is restored within 60 seconds
    And no acknowledged operation is lost
    And no operation is applied twice
