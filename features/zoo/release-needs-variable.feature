@zoo
Feature: A release that needs a setting that only the primary site has
  The new release starts in Paris, where somebody once set its variable. In Lyon it
  does not.

  Background:
    Given the platform "zoo" in its "release-needs-variable" variant
    And primary site "Paris" is active and recovery site "Lyon" is on standby
    And release "1.0.0" is live on both sites
    And the failover decision belongs to the "crisis director", who decides in 1 second

  Scenario: The new release is deployed on both sites
    When deployment of release "1.1.0" starts on both sites
    And the deployment ends
    And we keep the load on for 3 seconds
    Then deployment of release "1.1.0" completes
    And no acknowledged operation is lost
