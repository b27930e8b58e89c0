@dr @failback
Feature: Failover, then failback, with the load on
  Going to the recovery site is half of the journey. The way back is the half that
  is seldom rehearsed: the old primary holds old data, and clients keep ordering.

  Background:
    Given the platform "orders"
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And the critical functions are:
      | function | RTO        | RPO  | MTPD       |
      | Orders   | 30 seconds | none | 10 minutes |
    And release "1.4.0" is live on both sites
    And the load is 50 operations per second
    And the failover decision belongs to the "crisis director", deputy "N2 on-call", who decides in 3 seconds

  Scenario: We fail over to the recovery site and come back to the primary site
    When the primary database fails
    And we fail over to the recovery site following runbook "PRA-07"
    And we keep the load on for 5 seconds
    And the fault is repaired
    And we fail back to the primary site following runbook "PRA-08"
    And we keep the load on for 5 seconds
    Then function "Orders" is restored within 30 seconds
    And no acknowledged operation is lost
    And no operation is applied twice
    And only one site is active at any time
    And the primary site serves clients at the end of the exercise
    And release "1.4.0" is live on the primary site
