"""The page: talk, catalogue, what is known of a person, and numbers, for anybody with a browser.

NiceGUI lives once in a process and keeps what a browser shows in it, so the page needs one worker.
"""
