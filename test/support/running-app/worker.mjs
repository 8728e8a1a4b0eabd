let count = 0;
setInterval(() => console.log(`tick ${(count += 1)}`), 200);
