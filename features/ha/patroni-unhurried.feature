@ha @patroni
Feature: Patroni with its times as shipped
  The same loss of the primary database, with the times that Patroni has where nobody
  sets any: thirty seconds before a lock runs out, ten between two looks.

  Background:
    Given the platform "patroni" in its "unhurried" variant
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.4.0" is live on both sites

  Scenario: The host of the primary database is lost
    When the host of the primary database is lost
    Then function "Orders" is restored within 60 seconds
    And no acknowledged operation is lost
    And no operation is applied twice
    And only one site is active at any time
