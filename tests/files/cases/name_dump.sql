-- MySQL dump 10.13
--
DROP TABLE IF EXISTS `accounts`;
INSERT INTO `accounts`;
