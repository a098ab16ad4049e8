"""The rules of the endpoint, applied to batches of text: conversion, Pandera's checks, repeated keys.

May import `mapping`, `model` and `schemas`. Must know nothing of files.
"""
