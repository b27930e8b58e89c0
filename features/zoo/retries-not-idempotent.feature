@zoo
Feature: Retries that are kept twice
  The front tries an order again where the ledger was silent. Where the ledger does
  not know an order again, a customer is charged twice.

  Background:
    Given the platform "zoo" in its "retries-not-idempotent" variant
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.0.0" is live on both sites
    And the failover decision belongs to the "crisis director", who decides in 1 second

  Scenario: The inter-site link is cut for a moment
    When the inter-site link is cut for 3 seconds
    And we keep the load on for 3 seconds
    Then function "Orders" is restored within 10 seconds
    And no acknowledged operation is lost
    And no operation is applied twice
