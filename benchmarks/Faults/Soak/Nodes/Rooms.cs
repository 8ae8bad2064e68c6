using System.Globalization;

namespace Akka.ClusterAdapter.Faults.Soak.Nodes;

/// <summary>Rooms of the soak: everybody's, and ten of which each client has one.</summary>
internal static class Rooms
{
    public const string All = "all";
    public const int Homes = 10;

    public static string Home(int number) => string.Create(CultureInfo.InvariantCulture, $"home{number % Homes}");
}
