USE [crm]
GO
INSERT [dbo].[accounts] ([BusinessId]) VALUES (1000)
