namespace Akka.ClusterAdapter.Faults.Soak.Clients;

/// <summary>A message of Engine.IO: text, or bytes.</summary>
internal readonly record struct Message(string? Text, byte[]? Bytes);
