namespace TestServer;

/// <summary>The server cannot start; the message says what to do.</summary>
internal sealed class StartException(string message) : Exception(message);
