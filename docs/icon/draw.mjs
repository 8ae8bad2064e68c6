// Draws the packages' icon: node docs/icon/draw.mjs writes icon.svg and icon.png beside itself, from the shapes below.
import { writeFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';

const size = 128;
const samples = 4;
const ground = '#1d2b3a';
const link = '#7fb3d5';
const worker = '#f4f6f7';
const client = '#f5b041';

// Three workers that know each other, and a client of each.
const workers = [[64, 40], [40, 80], [88, 80]];
const clients = [[64, 14], [16, 98], [112, 98]];
const lines = [[0, 1], [1, 2], [2, 0]].map(([a, b]) => ({ from: workers[a], to: workers[b], width: 5, color: link }))
    .concat(workers.map((from, i) => ({ from, to: clients[i], width: 4, color: client })));
const circles = workers.map(at => ({ at, radius: 13, color: worker })).concat(clients.map(at => ({ at, radius: 7, color: client })));
const corner = 24;

const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${size} ${size}">`,
    `  <rect width="${size}" height="${size}" rx="${corner}" fill="${ground}"/>`,
    ...lines.map(({ from, to, width, color }) => `  <path d="M${from} L${to}" stroke="${color}" stroke-width="${width}"/>`),
    ...circles.map(({ at: [x, y], radius, color }) => `  <circle cx="${x}" cy="${y}" r="${radius}" fill="${color}"/>`),
    '</svg>', ''].join('\n');

const rgb = color => [1, 3, 5].map(i => parseInt(color.slice(i, i + 2), 16));
const distance = (x, y, [ax, ay], [bx, by]) => {
    const along = Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)));
    return Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay));
};
const colorAt = (x, y) => {
    const [dx, dy] = [x, y].map(each => Math.max(corner - each, each - size + corner, 0));
    if (Math.hypot(dx, dy) > corner)
        return null;
    const circle = circles.findLast(({ at, radius }) => Math.hypot(x - at[0], y - at[1]) <= radius);
    const line = lines.findLast(({ from, to, width }) => distance(x, y, from, to) <= width / 2);
    return rgb((circle ?? line)?.color ?? ground);
};

const rows = Buffer.alloc(size * (1 + size * 4));
for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
        const hits = [];
        for (let i = 0; i < samples ** 2; i++)
            hits.push(colorAt(x + (i % samples + 0.5) / samples, y + (Math.floor(i / samples) + 0.5) / samples));
        const seen = hits.filter(hit => hit);
        const at = y * (1 + size * 4) + 1 + x * 4;
        for (let channel = 0; channel < 3; channel++)
            rows[at + channel] = seen.length ? Math.round(seen.reduce((sum, hit) => sum + hit[channel], 0) / seen.length) : 0;
        rows[at + 3] = Math.round(255 * seen.length / hits.length);
    }
}

const crc = bytes => {
    let sum = 0xffffffff;
    for (const byte of bytes) {
        sum ^= byte;
        for (let bit = 0; bit < 8; bit++)
            sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
    }
    return (sum ^ 0xffffffff) >>> 0;
};
const chunk = (type, data) => {
    const bytes = Buffer.alloc(12 + data.length);
    bytes.writeUInt32BE(data.length, 0);
    bytes.write(type, 4, 'latin1');
    data.copy(bytes, 8);
    bytes.writeUInt32BE(crc(bytes.subarray(4, 8 + data.length)), 8 + data.length);
    return bytes;
};
const head = Buffer.from([0, 0, 0, size, 0, 0, 0, size, 8, 6, 0, 0, 0]);
const png = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);

writeFileSync(new URL('icon.svg', import.meta.url), svg);
writeFileSync(new URL('icon.png', import.meta.url), png);
