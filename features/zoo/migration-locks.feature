@zoo
Feature: A migration that locks the table
  The new release changes the schema. Orders wait until the migration has let go of
  the table.

  Background:
    Given the platform "zoo" in its "migration-locks" variant
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.0.0" is live on both sites
    And the failover decision belongs to the "crisis director", who decides in 1 second

  Scenario: The new release is deployed under load
    When deployment of release "1.1.0" starts
    And the deployment ends
    And we keep the load on for 3 seconds
    Then deployment of release "1.1.0" completes
    And function "Orders" is never interrupted for more than 3 seconds
