"""What runs inside the Locust process: connections, closed and open load, the Locust users. Only here is gevent."""
