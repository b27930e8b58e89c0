@ha @sentinel
Feature: The master's site is cut off, and the master wants one replica at least
  With min-replicas-to-write, a master that no replica has answered for three seconds
  takes no more writes: what it acknowledges in vain is bounded, and its manual gives
  the bound.

  Background:
    Given the platform "sentinel" in its "min-replicas" variant
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.0.0" is live on both sites

  Scenario: Paris is cut off from the other sites for twenty seconds
    When the primary site is cut off from the other sites for 20 seconds
    And the load continues for 40 seconds
    Then function "Orders" is restored within 60 seconds
    And measured data loss does not exceed 6 seconds
    And no operation is applied twice
