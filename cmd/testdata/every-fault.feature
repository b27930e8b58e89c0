Feature: Every fault of the catalogue, one after the other

  Scenario: Each fault bites and is repaired
    Given the platform "orders"
    And release "1.4.0" is live on both sites
    And the load is 50 operations per second
    When the host of instance 1 of service "orders" at site "Paris" is lost
    And the fault is repaired
    And instance 2 of service "orders" at site "Paris" fails
    And the fault is repaired
    And instance 2 of service "orders" at site "Paris" freezes
    And the fault is repaired
    And the link between "orders" and "stock" refuses connections
    And the fault is repaired
    And the link between "orders" and "stock" is cut
    And the fault is repaired
    And the link between "orders" and "db" is limited to 64 kB/s
    And the fault is repaired
    And the link between "orders" and "db" resets its connections
    And the fault is repaired
    And the database link turns slow: 100 ms ± 20 ms
    And the fault is repaired
    And the inter-site link is cut for 2 seconds
    And we keep the load on for 5 seconds
    Then no acknowledged operation is lost
    And no operation is applied twice
    And nobody needs to fail over
    And the primary site serves clients at the end of the exercise
