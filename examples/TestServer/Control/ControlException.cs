namespace TestServer.Control;

/// <summary>A command that cannot be understood or carried out as it is; answered with 400.</summary>
internal sealed class ControlException(string message) : Exception(message);
