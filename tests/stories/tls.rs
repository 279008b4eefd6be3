//! The real wire: TLS with the hub's own authority, pinned by the ticket; certificates both ways; and everything that is not our hub.

use desk::Trouble;
use desk::ask::{Enrol, SyncNow};
use device::carrier::HttpCarrier;
use device::{Device, Ports};
use hub::http::{serve, tls};
use record::consent::Choice;
use record::people::Role;
use std::sync::Arc;
use stories::world::PIN;
use stories::{Worker, World};
use tokio::net::TcpListener;

/// Serves this world's hub on a port of its own; gives the port.
pub(crate) async fn listening(world: &World) -> u16 {
    let home = world.folder.path().join("hub");
    world.hub.authority.certify_server(&home, &["127.0.0.1".into()]).unwrap();
    let (server, key) = hub::authority::Authority::server(&home).unwrap();
    let config = tls(&world.hub.authority, &server, &key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(serve(world.hub.clone(), listener, config, std::future::pending()));
    port
}

fn device(world: &World, id: &str) -> Worker {
    let home = world.folder.path().join(format!("tls-{id}"));
    let ports = Ports { carrier: Arc::new(HttpCarrier::default()), ..world.ports(&home) };
    Worker { device: Device::open(home.clone(), ports).unwrap(), staff: id.parse().unwrap(), home }
}

fn enrol(ticket: String) -> Enrol {
    Enrol { ticket: ticket.into(), pin: PIN.to_owned().into() }
}

#[tokio::test]
async fn a_device_enrols_and_fetches_over_the_real_wire() {
    let world = World::new();
    world.person(1, "Okonjo", Choice::Y3);
    let port = listening(&world).await;
    world.register("N1", Role::RegulatedClinician);
    let nurse = device(&world, "N1");
    let ticket = world.ticket(&nurse.staff).replace("hub.test:8443", &format!("127.0.0.1:{port}"));
    nurse.ask(enrol(ticket)).await.unwrap();
    let posted = nurse.sync().await;
    assert_eq!(posted.people_added, 1);
    assert!(posted.requests <= 4);
}

#[tokio::test]
async fn another_hub_with_a_certificate_of_its_own_is_not_our_hub() {
    let (ours, theirs) = (World::new(), World::new());
    let wrong = listening(&theirs).await;
    ours.register("N1", Role::RegulatedClinician);
    let nurse = device(&ours, "N1");
    let ticket = ours.ticket(&nurse.staff).replace("hub.test:8443", &format!("127.0.0.1:{wrong}"));
    // Same kind of hub, same seeds for signing, another authority.
    assert_eq!(nurse.ask(enrol(ticket)).await.unwrap_err(), Trouble::NotOurHub);
}

#[tokio::test]
async fn nobody_at_the_address_is_unreachable_and_a_page_is_not_a_hub() {
    let world = World::new();
    world.register("N1", Role::RegulatedClinician);
    let nurse = device(&world, "N1");
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let to = |port: u16, world: &World| {
        world.ticket(&"N1".parse().unwrap()).replace("hub.test:8443", &format!("127.0.0.1:{port}"))
    };
    assert_eq!(nurse.ask(enrol(to(closed, &world))).await.unwrap_err(), Trouble::HubUnreachable);
    // A captive portal answers every connection with a page.
    let portal = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = portal.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = portal.accept().await {
            use tokio::io::AsyncWriteExt;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nlogin").await;
        }
    });
    assert_eq!(nurse.ask(enrol(to(port, &world))).await.unwrap_err(), Trouble::NotOurHub);
    assert_eq!(nurse.ask(SyncNow {}).await, Err(Trouble::Locked));
}
