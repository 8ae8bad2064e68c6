using System.Security.Claims;
using Akka.ClusterAdapter.Server;

namespace FromNode;

/// <summary>Only clients with a token that this application has signed get in; the server knows who they are.</summary>
internal static class Account
{
    public static void Map(Namespace account)
    {
        account.RequireAuthorization();
        account.OnConnection((Socket socket, ClaimsPrincipal user) => socket.JoinAsync($"user:{user.Identity!.Name}"));
        account.On("whoami", (ClaimsPrincipal user) => user.Identity!.Name);
        account.On("log out everywhere", (ClaimsPrincipal user) => account.In($"user:{user.Identity!.Name}").DisconnectSocketsAsync(close: true));
    }
}
