@ha @patroni @known-defect
Feature: The primary site comes back, and its database takes back a lock that is not its own
  A known defect of Patroni 3.0.2, the one of Debian 12, by etcd's interface v3: once
  Paris sees the other sites again, its database takes the lock back without looking at
  who has it. Lyon, which had taken over, steps down, and what it acknowledged may be
  lost in spite of synchronous replication. Mended since (pull request 2689): as long as
  that version is in place, a failure here is no surprise.

  Background:
    Given the platform "patroni" in its "etcd3" variant
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.4.0" is live on both sites

  Scenario: Paris is cut off from the other sites for thirty-five seconds
    When the primary site is cut off from the other sites for 35 seconds
    And the load continues for 45 seconds
    Then function "Orders" is restored within 50 seconds
    And no acknowledged operation is lost
    And no operation is applied twice
