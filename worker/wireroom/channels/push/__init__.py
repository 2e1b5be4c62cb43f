"""The push channel: a feed's files, taken to another folder, a web server, an SFTP server or object storage."""
